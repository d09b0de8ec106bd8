"""What is submitted."""

from tests.jobs import submission

from artstyle.settings import Settings


def test_a_key_is_the_same_only_for_the_same() -> None:
    one = submission(content=b"a", style=b"b")
    assert one.key() == submission("bob", content=b"a", style=b"b").key()
    others = [submission(content=b"b", style=b"a"), submission(content=b"ab", style=b"")]
    others.append(submission(content=b"a", style=b"b", settings=Settings(seed=1)))
    assert len({each.key() for each in (one, *others)}) == 4
