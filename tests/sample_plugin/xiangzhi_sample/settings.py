"""What a county may set."""

from core.api import SettingsModel, mark, setting


class SampleSettings(SettingsModel):
    """One field of each kind that a form can draw."""

    most_words: int = setting(
        200, title=mark("每条手记最多多少字"), unit=mark("个字"), ge=10, le=2000, township=True
    )
    word: str = setting(mark("投票"), title=mark("标题里有这个词就请人工审定"), max_length=20)
    strict: bool = setting(False, title=mark("有未读手记时不能提交成果"))
