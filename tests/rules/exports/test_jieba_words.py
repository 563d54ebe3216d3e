from __future__ import annotations

from io import StringIO
from typing import Any

import jieba

from camlode.rules.exports import jieba_words


def test_jieba_cuts_the_words_out_whole_by_the_frequencies_that_it_suggests_itself(make_patterns: Any) -> None:
    found = ["我们的", "上市公司的", "iPhone4", "大学生活", "的士", "C++"]
    patterns = make_patterns({"a": found, "b": ["的士", "two words", "图\n", "手机!", "かな"]})
    text = "".join(jieba_words.lines(patterns))
    written, frequencies, tags = zip(*(line.split(" ") for line in text.splitlines()), strict=True)
    assert (list(written), set(tags)) == (found, {"nz"})
    assert patterns.left_out == {"a character at which jieba always cuts": 4}
    told, asked = jieba.Tokenizer(), jieba.Tokenizer()
    assert told.lcut("我们的", HMM=False) == ["我们", "的"]
    told.load_userdict(StringIO(text))
    assert [told.lcut(word, HMM=False) for word in found] == [[word] for word in found]
    asked.load_userdict(StringIO("\n".join(found)))
    assert [asked.FREQ[word] for word in found] == list(map(int, frequencies))
