"""The character tokenizer of the tiny models: one token a character, nothing added in front of a prompt."""

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

PAD, EOS, UNKNOWN = "<pad>", "<eos>", "<unk>"
VOCABULARY = [PAD, EOS, UNKNOWN, *"0123456789+-*/= |:\n"]
PAD_ID, EOS_ID, UNKNOWN_ID = 0, 1, 2
IDS = {token: index for index, token in enumerate(VOCABULARY)}


def encode(text: str) -> list[int]:
    """The token ids of a text; what a shipped tokenizer.json gives, without its cost."""
    return [IDS.get(character, UNKNOWN_ID) for character in text]


def decode(ids: list[int]) -> str:
    """The text of token ids; special tokens vanish."""
    return "".join(VOCABULARY[i] for i in ids if i > UNKNOWN_ID)


def build() -> PreTrainedTokenizerFast:
    """The tokenizer in Hugging Face form, saved beside every model."""
    core = Tokenizer(models.WordLevel(vocab=IDS, unk_token=UNKNOWN))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
    core.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token=PAD,
        eos_token=EOS,
        unk_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
        model_max_length=128,
    )
