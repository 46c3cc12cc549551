"""The parts of the browser chat that need no Gradio: what it shows, as HTML safe to show."""
