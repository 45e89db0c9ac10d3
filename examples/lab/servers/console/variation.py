"""What a page can do to somebody who fills it in blindly. Each is switched on alone or with others."""

from __future__ import annotations

from enum import StrEnum


class Variation(StrEnum):
    DUPLICATE_LABEL = "duplicate label"  # a second control beside the same words
    RENAMED_LABEL = "renamed label"
    CUT_VALUE = "cut value"  # a maxlength that cuts what is typed without a word
    SLOW_PAGE = "slow page"  # each answer takes `slow` seconds
    SESSION_ENDS = "session ends in the middle"  # between the page and its save
    SAVE_DOES_NOTHING = "save that does nothing"  # and says that it saved
    SAVE_CHANGES_ANOTHER = "save that changes another field"
    FIELD_CHANGES_ANOTHER = "a field that changes another"  # while somebody types
    SECOND_LOGIN = "second login page"  # after user and password
    ERROR_WITH_200 = "error with status 200"
    SENDS_IN_BACKGROUND = "sends in the background"  # in each of `sending.WAYS`, while it is being read
