"""The sections of a job that describe the trained classifier: `model` and `tokenizer`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict, field_validator, model_validator

from camlode.config.sections import Names, NonEmpty, PathStr, Section

Probability = Annotated[float, Field(ge=0, le=1)]
TokenId = Annotated[int, Field(ge=0)]
KernelSize = Annotated[int, Field(ge=1)]

_OWN_VOCABULARY = ("vectorizer", "huggingface", "sentencepiece")


def _is_import_path(name: str) -> bool:
    module, _, attribute = name.partition(":")
    return all(part.isidentifier() for part in (*module.split("."), *attribute.split(".")))


InputFilling = Literal["ids", "length", "mask"] | bool | float


class Model(Section):
    """The trained classifier: a Keras model, or a TensorFlow graph whose tensors are named."""

    path: PathStr = Field(
        description="The model: a `.keras` or `.h5` file, a SavedModel's folder, a frozen graph's `.pb` file, or a "
        "TensorFlow 1 checkpoint (its path without `.meta`)."
    )
    labels: Names | PathStr = Field(
        description="The names of the model's outputs, in order: a list, or a text file with one per line."
    )
    task: Literal["multiclass", "multilabel"] = Field(
        default="multiclass", description="Whether a text has exactly one label or any number of them."
    )
    threshold: Probability | dict[str, Probability] | None = Field(
        default=None,
        description="The probability that a label must reach to count as predicted: one for all, or one for each "
        "label (others keep the default); null: 0.5 for multilabel, 0 for multiclass.",
    )
    layers: Literal["auto"] | Names | dict[NonEmpty, KernelSize] = Field(
        default="auto",
        description="The names of the layers to explain; auto: the convolutions that feed the pooling. For a "
        "graph: the output tensor of each convolution, with the size of its kernel in tokens.",
    )
    embedding: Literal["auto"] | NonEmpty = Field(
        default="auto",
        description="The layer (for a graph: the tensor) with the tokens' vectors, for the methods that need it; "
        "auto: the Keras layers `Embedding` whose input is the token ids.",
    )
    inputs: dict[NonEmpty, InputFilling] | None = Field(
        default=None,
        description="The value of each input of a model with several inputs (for a graph: of each placeholder): `ids`, "
        "`length` (number of tokens), `mask` (1 at tokens, 0 at padding), or a number; null: one input, the ids.",
    )
    logits: NonEmpty | None = Field(
        default=None, description="For a graph: the tensor with the labels' logits (or their softmax or sigmoid)."
    )
    backend: Literal["tensorflow", "jax"] = Field(
        default="tensorflow", description="The framework that runs a Keras model; jax needs the extra `jax`."
    )
    trust_code: bool = Field(
        default=False,
        description="Whether code in the model's file (Lambda layers) may run. It can do whatever you can do: allow it "
        "only for your own files.",
    )
    custom_objects: Annotated[list[NonEmpty], Strict(False)] = Field(
        default=[], description="The model's own layers and functions, each as `package.module:Class`."
    )
    name: NonEmpty | None = Field(
        default=None, description="The model's name in the store; null: its file's name without the suffix."
    )
    version: NonEmpty | None = Field(default=None, description="The model's version in the store, in your own words.")

    @field_validator("custom_objects")
    @classmethod
    def _validate_import_paths(cls, names: list[str]) -> list[str]:
        wrong = [name for name in names if not _is_import_path(name)]
        if wrong:
            raise ValueError(f'expected "package.module:Class", got {", ".join(map(repr, wrong))}')
        return names


class Tokenizer(Section):
    """How a text is converted to the token ids that the model was trained on."""

    name: Literal["char", "jieba", "word", "spacy", "vectorizer", "huggingface", "sentencepiece"] = Field(
        default="char",
        description="Characters, words of jieba, Unicode words, words of spaCy, a Keras TextVectorization "
        "layer, or sub-words of a Hugging Face `tokenizer.json` or a sentencepiece model; spacy, huggingface and "
        "sentencepiece need the extra of their name.",
    )
    vocabulary: PathStr | None = Field(
        default=None,
        description="The vocabulary, needed by char, jieba, word and spacy: a text file with one token per line (the "
        "first has id 0), or a JSON list of tokens, or a JSON object from token to id.",
    )
    path: PathStr | None = Field(
        default=None,
        description="For huggingface: the `tokenizer.json`; for sentencepiece: the `.model` file; for vectorizer: the "
        "`.keras` file with the layer (null: the layer is part of the model).",
    )
    length: int | None = Field(
        default=None,
        ge=1,
        description="The number of tokens that a text is padded or truncated to; null: the length of the model's "
        "input.",
    )
    padding: Literal["post", "pre"] = Field(
        default="post", description="Where a short text is padded: at its end (post) or at its beginning (pre)."
    )
    truncation: Literal["post", "pre"] = Field(
        default="post", description="Where a long text loses tokens: at its end (post) or at its beginning (pre)."
    )
    padding_token: TokenId | NonEmpty | None = Field(
        default=None,
        description="The id of the padding, or its token; null: from the file of huggingface or sentencepiece, 0 for "
        "the others.",
    )
    unknown: TokenId | NonEmpty | None = Field(
        default=None,
        description="The id or token for text that is not in the vocabulary; `skip`: leave it out; null: the "
        "vocabulary's own `[UNK]`, `<UNK>`, `<unk>` or `UNK`.",
    )
    lowercase: bool = Field(default=False, description="Whether texts are converted to lower case first.")
    dictionary: PathStr | None = Field(default=None, description="A user dictionary for jieba.")
    hmm: bool = Field(default=False, description="Whether jieba guesses unknown words; slower.")
    language: NonEmpty | None = Field(default=None, description="The language for spacy, such as `en`.")
    lemmas: bool = Field(default=True, description="Whether spacy looks words up by their lemmas: `cats` as `cat`.")
    stop_words: bool = Field(default=False, description="Whether spacy keeps stop words.")
    punctuation: bool = Field(default=False, description="Whether spacy keeps punctuation.")
    special_tokens: bool = Field(
        default=True,
        description="Whether huggingface adds the special tokens of its file, such as `[CLS]` and `[SEP]`.",
    )

    @model_validator(mode="after")
    def _validate_files(self) -> Tokenizer:
        if self.name in _OWN_VOCABULARY:
            if self.vocabulary is not None:
                raise ValueError(f"the {self.name} tokenizer has its own vocabulary: leave tokenizer.vocabulary out")
        elif self.vocabulary is None:
            raise ValueError(f"the {self.name} tokenizer needs the model's vocabulary: set tokenizer.vocabulary")
        elif self.path is not None:
            raise ValueError(f"tokenizer.path is for {', '.join(_OWN_VOCABULARY)}, not {self.name}: leave it out")
        return self

    @model_validator(mode="after")
    def _validate_library_options(self) -> Tokenizer:
        if self.name == "spacy" and self.language is None:
            raise ValueError("the spacy tokenizer needs the language of the texts: set tokenizer.language, such as en")
        if self.name in ("huggingface", "sentencepiece"):
            if self.path is None:
                raise ValueError(f"the {self.name} tokenizer needs the file that it was saved to: set tokenizer.path")
            if self.unknown is not None:
                raise ValueError(f"the {self.name} tokenizer has its own unknown token: leave tokenizer.unknown out")
        return self
