"""Token patterns for spaCy's SpanRuler and EntityRuler and for Prodigy, as JSON Lines."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from camlode.config.errors import RulesError
from camlode.rules.exports.texts import to_json_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from camlode.rules.exports.sources import ExportedPatterns

    Tokenize: TypeAlias = "Callable[[Sequence[str]], list[list[Token]]]"

CHINESE = "zh"
_BLOCK_SIZE = 10_000
_CHARACTER = re.compile(r"(\S)( ?)|\s+")
"""A character and the space after it, which is not a token; any other run of white space is one token."""
_CASE_VARIANTS: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper, lambda text: text[:1].upper() + text[1:])


class Token(NamedTuple):
    """A token of spaCy, and whether a space, which is not a token, follows it."""

    text: str
    spaced: bool


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write the label, tokens and id of each pattern; none is left out.

    For Chinese a token is a character, as in spaCy's segmenter "char". For other languages spaCy tokenizes; if its
    tokens depend on case, as for DON'T, there is a line for each variant. Each token states whether a space follows
    it, so that only the fragment itself matches. Case matters only if it does for the rules.

    Raises:
        RulesError: spaCy is not installed, or does not know the language.
    """
    language = patterns.language or guess_language(pattern.fragment for pattern in patterns)
    tokenize = _tokenize_characters if language == CHINESE else _make_word_tokenizer(language)
    cases = _CASE_VARIANTS if patterns.fold and language != CHINESE else (str,)
    left = iter(patterns)
    while some := list(islice(left, _BLOCK_SIZE)):
        ways = [tokenize([case(pattern.fragment) for pattern in some]) for case in cases]
        for pattern, *found in zip(some, *ways, strict=True):
            for tokens in _distinct_token_patterns(found, fold=patterns.fold):
                yield f"{to_json_line({'label': pattern.label, 'pattern': tokens, 'id': pattern.id})}\n"


def guess_language(fragments: Iterable[str]) -> str:
    """Return "zh" if at least half of the first fragments contain letters of a script without spaces, else "en"."""
    from camlode.pipeline.fragments.casefold import to_code_points
    from camlode.pipeline.fragments.characters import IDEOGRAPH, classify_characters

    some = list(islice(fragments, _BLOCK_SIZE))
    unspaced = sum(bool((classify_characters(to_code_points(each)) == IDEOGRAPH).any()) for each in some)
    return CHINESE if 2 * unspaced >= len(some) else "en"


def _distinct_token_patterns(ways: Iterable[Sequence[Token]], *, fold: bool) -> list[list[dict[str, str | bool]]]:
    """Convert tokenizations of a fragment to distinct token patterns of spaCy."""
    attribute = "LOWER" if fold else "TEXT"
    found: list[list[dict[str, str | bool]]] = []
    for tokens in ways:
        pattern: list[dict[str, str | bool]] = [
            {attribute: token.text.lower() if fold else token.text, "SPACY": token.spaced} for token in tokens
        ]
        # Whatever may follow the fragment.
        del pattern[-1]["SPACY"]
        if pattern not in found:
            found.append(pattern)
    return found


def _tokenize_characters(texts: Sequence[str]) -> list[list[Token]]:
    return [[Token(found[1] or found[0], bool(found[2])) for found in _CHARACTER.finditer(text)] for text in texts]


def _make_word_tokenizer(language: str) -> Tokenize:
    try:
        import spacy

        pipeline = spacy.blank(language)
    except ModuleNotFoundError:
        raise RulesError(
            "patterns for spaCy are tokenized by spaCy, which is not installed: pip install 'camlode[spacy]', or "
            "--language zh for single characters"
        ) from None
    except ImportError as error:
        raise RulesError(f"spaCy has no language {language!r} here: {' '.join(str(error).split())}") from error

    def tokenize(texts: Sequence[str]) -> list[list[Token]]:
        # The zone frees the words of these texts; spaCy would keep every word it ever saw.
        with pipeline.memory_zone():
            return [[Token(each.text, bool(each.whitespace_)) for each in pipeline.tokenizer(text)] for text in texts]

    return tokenize
