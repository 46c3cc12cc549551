"""A tiny Llama of random weights with its tokenizer and chat template, as a folder."""

from __future__ import annotations

from pathlib import Path

_WORDS = ["Ġferry", "Ġburned", "Ġnight"]
_ENDS = 12  # tokens that a reply has before it may end, which is then ever more likely
_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def save_llama(folder: Path, *, ends: bool = False) -> Path:
    """Save a model that writes words alone, on and on unless it `ends`; the folder."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = ["<s>", "</s>", *letters, *_WORDS]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    saved = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    saved.chat_template = _TEMPLATE
    saved.save_pretrained(folder)
    torch.manual_seed(4)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=8192,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    made = LlamaForCausalLM(config)
    # Words alone: what is streamed is held back until a word is whole.
    others = set(range(len(tokens) - len(_WORDS)))
    if ends:
        others -= {config.eos_token_id}
        made.generation_config.min_new_tokens = _ENDS
        made.generation_config.exponential_decay_length_penalty = (_ENDS, 2.0)
    made.generation_config.suppress_tokens = sorted(others)
    made.save_pretrained(folder)
    return folder
