"""The sections of a job that describe the trained classifier: the model, and how its texts become tokens."""

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
    """The trained classifier: a Keras model, or a TensorFlow graph addressed by the names of its tensors."""

    path: PathStr = Field(
        description="The model: a `.keras` or `.h5` file, a SavedModel's folder, a frozen graph's `.pb` file, or a "
        "TensorFlow 1 checkpoint (its path without `.meta`)."
    )
    labels: Names | PathStr = Field(
        description="The names of the model's outputs, in order: a list, or a text file with one a line."
    )
    task: Literal["multiclass", "multilabel"] = Field(
        default="multiclass", description="Whether a text has exactly one label or any number of them."
    )
    threshold: Probability | dict[str, Probability] | None = Field(
        default=None,
        description="The probability that a label must reach to count as predicted: one for all, or one a "
        "label (a label left out keeps the default); null: 0.5 for multilabel, 0 for multiclass.",
    )
    layers: Literal["auto"] | Names | dict[NonEmpty, KernelSize] = Field(
        default="auto",
        description="The names of the layers to explain; auto: the convolutions that feed the pooling. Of a graph: "
        "each convolution's output tensor, with the tokens that its kernel covers.",
    )
    embedding: Literal["auto"] | NonEmpty = Field(
        default="auto",
        description="The layer (of a graph: the tensor) that gives the tokens' vectors, for the methods that need it; "
        "auto: the Keras layers `Embedding` that take the token ids.",
    )
    inputs: dict[NonEmpty, InputFilling] | None = Field(
        default=None,
        description="How each input of a model with several (of a graph: each placeholder) is filled: `ids`, `length` "
        "(tokens of the text), `mask` (1 at its tokens), or a number; null: one input, the ids.",
    )
    logits: NonEmpty | None = Field(
        default=None, description="Of a graph: the tensor with the labels' logits (or their softmax or sigmoid)."
    )
    backend: Literal["tensorflow", "jax"] = Field(
        default="tensorflow", description="What a Keras model is run on; jax needs the extra `jax`."
    )
    trust_code: bool = Field(
        default=False,
        description="Whether code that the model's file itself brings (Lambda layers) may run: it can do whatever "
        "you can, so only for files of your own.",
    )
    custom_objects: Annotated[list[NonEmpty], Strict(False)] = Field(
        default=[], description="The model's own layers and functions, each as `package.module:Class`."
    )
    name: NonEmpty | None = Field(
        default=None, description="What the store calls the model; null: its file's name without the ending."
    )
    version: NonEmpty | None = Field(
        default=None, description="Which version of the model this is, in words of your own, for the store."
    )

    @field_validator("custom_objects")
    @classmethod
    def _validate_import_paths(cls, names: list[str]) -> list[str]:
        wrong = [name for name in names if not _is_import_path(name)]
        if wrong:
            raise ValueError(f'expected "package.module:Class", got {", ".join(map(repr, wrong))}')
        return names


class Tokenizer(Section):
    """How a text becomes the token ids that the model was trained on."""

    name: Literal["char", "jieba", "word", "spacy", "vectorizer", "huggingface", "sentencepiece"] = Field(
        default="char",
        description="Characters, words cut by jieba, Unicode words, words cut by spaCy, a Keras TextVectorization "
        "layer, or sub-words of a Hugging Face `tokenizer.json` or a sentencepiece model; spacy, huggingface and "
        "sentencepiece need the extra of their name.",
    )
    vocabulary: PathStr | None = Field(
        default=None,
        description="The vocabulary, needed by char, jieba, word and spacy: a text file with one token a line (the "
        "first has id 0), or a JSON list of tokens, or a JSON object from token to id.",
    )
    path: PathStr | None = Field(
        default=None,
        description="For huggingface: the `tokenizer.json`; for sentencepiece: the `.model` file; for vectorizer: the "
        "`.keras` file with the layer (null: the layer is in the model).",
    )
    length: int | None = Field(
        default=None,
        ge=1,
        description="How many tokens a text is padded or cut to; null: what the model's input says.",
    )
    padding: Literal["post", "pre"] = Field(
        default="post", description="Where a short text is padded: after it or before it."
    )
    truncation: Literal["post", "pre"] = Field(
        default="post", description="Where a long text loses tokens: at its end or at its beginning."
    )
    padding_token: TokenId | NonEmpty | None = Field(
        default=None,
        description="The id of the padding, or its token; null: what the file of huggingface or sentencepiece says, "
        "0 for the others.",
    )
    unknown: TokenId | NonEmpty | None = Field(
        default=None,
        description="The id or token for what is not in the vocabulary; `skip`: leave it out; null: the "
        "vocabulary's own `[UNK]`, `<UNK>`, `<unk>` or `UNK`.",
    )
    lowercase: bool = Field(default=False, description="Whether texts are put in lower case first.")
    dictionary: PathStr | None = Field(default=None, description="A user dictionary for jieba.")
    hmm: bool = Field(default=False, description="Whether jieba guesses words it does not know; slower.")
    language: NonEmpty | None = Field(default=None, description="The language for spacy, such as `en`.")
    lemmas: bool = Field(default=True, description="Whether spacy looks a word up by its lemma: `cats` as `cat`.")
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
                raise ValueError(f"the {self.name} tokenizer needs the file it was saved in: set tokenizer.path")
            if self.unknown is not None:
                raise ValueError(f"the {self.name} tokenizer has its own unknown token: leave tokenizer.unknown out")
        return self
