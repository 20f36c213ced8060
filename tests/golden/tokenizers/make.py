"""Makes what tests/test_tokenizers.cpp compares with: nasty.jsonl, small tokenizers with the parts that
well-known ones have, and the ids that Hugging Face's `tokenizers` gives.

    python tests/golden/tokenizers/make.py [FOLDER WITH GPT-2's encoder.json AND vocab.bpe]

NAME.ids has a line for each line of nasty.jsonl: the FNV-1a hash of its ids as little-endian int32, and
for the first 40 the ids themselves. Made with tokenizers 0.23.3; training is part of the library, so
another version may make other (equally good) files.
"""

import collections
import json
import pathlib
import sys

from nasty import lines
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).resolve().parent
SPELLED = 40
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def special(*texts):
    return [AddedToken(text, special=True, normalized=False) for text in texts]


def byte_level(use_regex=True):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def begins_with(tokenizer, token):
    return processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A $B", special_tokens=[(token, tokenizer.token_to_id(token))]
    )


def common_characters(tokenizer, corpus, count=500):
    """The most common characters; the library's own choice among equally common ones changes from run to run."""
    normalise = tokenizer.normalizer.normalize_str if tokenizer.normalizer else str
    counts = collections.Counter("".join(map(normalise, corpus)))
    return sorted(sorted(counts, key=lambda c: (-counts[c], c))[:count])


def train(tokenizer, corpus, size, first=(), alphabet=()):
    alphabet = alphabet or common_characters(tokenizer, corpus)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(first),
        initial_alphabet=list(alphabet),
        limit_alphabet=len(alphabet),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)


def bytes_trained(tokenizer, corpus, size, first=()):
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, corpus, size, first, sorted(pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def gpt2(corpus):
    t = Tokenizer(models.BPE(continuing_subword_prefix="", end_of_word_suffix=""))
    t.pre_tokenizer = byte_level()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    bytes_trained(t, corpus, 1000)
    t.add_special_tokens(special("<|endoftext|>"))
    return t


def llama3(corpus):
    t = Tokenizer(models.BPE(ignore_merges=True))
    t.pre_tokenizer = pre_tokenizers.Sequence([split(LLAMA3), byte_level(False)])
    bytes_trained(t, corpus, 1200)
    t.add_special_tokens(
        special("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
    )
    t.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), begins_with(t, "<|begin_of_text|>")]
    )
    return t


def qwen2(corpus):
    t = Tokenizer(models.BPE())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence([split(QWEN2), byte_level(False)])
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    bytes_trained(t, corpus, 1200)
    t.add_special_tokens(special("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
    return t


def smollm2(corpus):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level()])
    return bytes_trained(t, corpus, 1000, special("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<unused7>"))


def marked(corpus):
    """Texts for training with a mark for each space, word by word: no merge crosses a space."""
    return ["▁" + word for text in corpus for word in text.split(" ")]


def fallback(**options):
    return Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>", **options))


BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def gemma(corpus):
    t = fallback()
    train(
        t,
        marked(corpus),
        1900,
        special("<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>") + BYTES,
    )
    t = plain(t, ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"])
    t.normalizer = normalizers.Replace(" ", "▁")
    t.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    t.post_processor = begins_with(t, "<bos>")
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return t


def plain(tokenizer, specials, **flags):
    """The same model with only these added tokens: the trainer made one of each piece it was given."""
    parsed = json.loads(tokenizer.to_str())
    parsed["added_tokens"] = []
    again = Tokenizer.from_str(json.dumps(parsed))
    again.add_special_tokens(special(*specials))
    return again


def llama2(corpus):
    t = fallback()
    train(t, marked(corpus), 1500, special("<unk>", "<s>", "</s>") + BYTES)
    t = plain(t, ["<unk>", "<s>", "</s>"])
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.post_processor = begins_with(t, "<s>")
    t.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return t


def mistral(corpus):
    t = llama2(corpus)
    t.normalizer = None
    t.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False)
    return t


def parts(corpus):
    """What the others leave out: a run of unknowns as one, compatibility forms, words and punctuation, flags."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    t.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.Lowercase(),
            normalizers.Strip(),
            normalizers.Replace(Regex("[\u0300-\u036f]+"), ""),
        ]
    )
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex("-+"), "merged_with_next"),
            pre_tokenizers.Whitespace(),
            pre_tokenizers.Punctuation("contiguous"),
            pre_tokenizers.Digits(individual_digits=False),
        ]
    )
    train(t, corpus[:900], 1300, special("<unk>"))
    t.add_tokens(
        [
            AddedToken("[MASK]", lstrip=True),
            AddedToken("<mask>", rstrip=True, normalized=False),
            AddedToken("<S>", lstrip=True, rstrip=True),
            AddedToken("WholeWord", single_word=True),
            AddedToken("Ａ", normalized=True),
            AddedToken("<|im_start|>", single_word=True, lstrip=True, normalized=False),
        ]
    )
    return t


def fnv(ids):
    value = 0xCBF29CE484222325
    for i in ids:
        for byte in i.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def write_ids(name, tokenizer, texts):
    rows = []
    for number, text in enumerate(texts):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        rows.append(" ".join([fnv(ids), *(map(str, ids) if number < SPELLED else [])]))
    (HERE / f"{name}.ids").write_text("\n".join(rows) + "\n")


def write_tokenizer(name, tokenizer, merges_as_text):
    parsed = json.loads(tokenizer.to_str())
    if merges_as_text:
        parsed["model"]["merges"] = [" ".join(pair) for pair in parsed["model"]["merges"]]
    text = json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return Tokenizer.from_str(text)


def main():
    texts = lines()
    (HERE / "nasty.jsonl").write_text(
        "".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts), encoding="utf-8"
    )
    sonnets = (HERE / "../../../data/sonnets/sonnets.txt").read_text().split("\n\n")
    corpus = sonnets + texts
    for build, merges_as_text in [
        (gpt2, True),
        (llama3, False),
        (qwen2, True),
        (gemma, False),
        (smollm2, True),
        (llama2, True),
        (mistral, False),
        (parts, False),
    ]:
        write_ids(build.__name__, write_tokenizer(build.__name__, build(corpus), merges_as_text), texts)
    if len(sys.argv) > 1:
        folder = pathlib.Path(sys.argv[1])
        model = models.BPE.from_file(str(folder / "encoder.json"), str(folder / "vocab.bpe"))
        real = Tokenizer(model)
        real.pre_tokenizer = byte_level()
        real.add_special_tokens(special("<|endoftext|>"))
        write_ids("gpt2-real", real, texts)


main()
