"""The bundled embedding model, all-MiniLM-L6-v2, on ONNX Runtime: without torch."""
