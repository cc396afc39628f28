from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Instant
from db.models.base import Base


class Questionnaire(Base):
    """An edition (版次) of a questionnaire of the company (R-137). A published one never changes."""

    __tablename__ = "questionnaires"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(BoundedText(32))
    edition: Mapped[int]
    title_zh: Mapped[str] = mapped_column(BoundedText(100))
    title_en: Mapped[str] = mapped_column(BoundedText(100), default="")
    intro_zh: Mapped[str] = mapped_column(BoundedText(500), default="")
    intro_en: Mapped[str] = mapped_column(BoundedText(500), default="")
    state: Mapped[str] = mapped_column(BoundedText(16))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (UniqueConstraint("code", "edition"),)


class QuestionnaireItem(Base):
    """A question; ``position`` counts from 1. ``most`` bounds a number, or how many letters a choice may have."""

    __tablename__ = "questionnaire_items"

    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaires.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(BoundedText(32))
    kind: Mapped[str] = mapped_column(BoundedText(16))
    text_zh: Mapped[str] = mapped_column(BoundedText(200))
    text_en: Mapped[str] = mapped_column(BoundedText(200))
    dimension: Mapped[str] = mapped_column(BoundedText(32), default="")
    role: Mapped[str] = mapped_column(BoundedText(16), default="")
    least: Mapped[int] = mapped_column(default=0)
    most: Mapped[int] = mapped_column(default=1)
    __table_args__ = (UniqueConstraint("questionnaire_id", "code"),)


class QuestionnaireChoice(Base):
    """An answer to choose, known by a capital letter."""

    __tablename__ = "questionnaire_choices"

    questionnaire_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    letter: Mapped[str] = mapped_column(BoundedText(1), primary_key=True)
    text_zh: Mapped[str] = mapped_column(BoundedText(100))
    text_en: Mapped[str] = mapped_column(BoundedText(100))
    __table_args__ = (
        ForeignKeyConstraint(
            ["questionnaire_id", "position"],
            ["questionnaire_items.questionnaire_id", "questionnaire_items.position"],
        ),
    )


class SurveyRound(Base):
    """A survey round (调查轮次, R-136) of an estate, from a day up to and not including another.

    ``sent``: questionnaires handed out; ``population``: households there are (0: unknown). ``channels``: codes, comma
    between. ``last_number`` is the number of the newest form. ``links_cut_on``: when respondents were forgotten.
    """

    __tablename__ = "survey_rounds"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaires.id"))
    code: Mapped[str] = mapped_column(BoundedText(64))
    name: Mapped[str] = mapped_column(BoundedText(100))
    kind: Mapped[str] = mapped_column(BoundedText(16))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    channels: Mapped[str] = mapped_column(BoundedText(100))
    target_sample: Mapped[int]
    sent: Mapped[int]
    population: Mapped[int]
    check_percent: Mapped[int]
    event_reference: Mapped[str] = mapped_column(BoundedText(200), default="")
    state: Mapped[str] = mapped_column(BoundedText(16))
    last_number: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    closed_on: Mapped[date | None]
    links_cut_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id"], ["estates.id"]),
        UniqueConstraint("estate_id", "code"),
        CheckConstraint("ends_on > starts_on", name="dates"),
        Index("ix_survey_rounds_ends", "estate_id", "ends_on"),
    )


class SurveyResponse(Base):
    """One form that came back. It never names a unit: :class:`SurveyRespondent` does, until the link is cut.

    ``number`` counts the forms of the round; ``request`` is the id the line was sent with, so that a repeated send
    gives the same form. ``building_id`` 0: unknown.
    """

    __tablename__ = "survey_responses"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int]
    request: Mapped[str] = mapped_column(BoundedText(64))
    channel: Mapped[str] = mapped_column(BoundedText(16))
    building_id: Mapped[int] = mapped_column(BigInteger, default=0)
    customer_group: Mapped[str] = mapped_column(BoundedText(16))
    collector: Mapped[str] = mapped_column(BoundedText(64), default="")
    collected_on: Mapped[date]
    state: Mapped[str] = mapped_column(BoundedText(16))
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[datetime] = mapped_column(Instant)
    import_batch: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "round_id"], ["survey_rounds.estate_id", "survey_rounds.id"]),
        UniqueConstraint("estate_id", "round_id", "number"),
        UniqueConstraint("estate_id", "round_id", "request", name="uq_survey_responses_request"),
        Index("ix_survey_responses_by", "estate_id", "round_id", "entered_by", "number"),
    )


class SurveyAnswer(Base):
    """An answer: ``number`` for marks and numbers, ``text`` for letters and words. A skipped item has no row."""

    __tablename__ = "survey_answers"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int | None]
    text: Mapped[str | None] = mapped_column(BoundedText(1000))
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "response_id"], ["survey_responses.estate_id", "survey_responses.id"]),
        CheckConstraint("(number IS NULL) <> (text IS NULL)", name="one_value"),
    )


class SurveyRespondent(Base):
    """Whose form it was; kept apart from the answers and removed 30 days after the round is closed (security.md §5)."""

    __tablename__ = "survey_respondents"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(BigInteger)
    unit_id: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "response_id"], ["survey_responses.estate_id", "survey_responses.id"]),
        ForeignKeyConstraint(["estate_id", "unit_id"], ["units.estate_id", "units.id"]),
        Index("ix_survey_respondents_unit", "estate_id", "round_id", "unit_id"),
    )


class SurveyTally(Base):
    """How many active forms of a round gave a value, by building, channel and group, kept with the answers (S5).

    ``value``: the mark or number; for a choice 1 for A, 2 for B …, and 0 for "answered at all". Position 0, value 0
    counts the forms themselves.
    """

    __tablename__ = "survey_tallies"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    building_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(BoundedText(16), primary_key=True)
    customer_group: Mapped[str] = mapped_column(BoundedText(16), primary_key=True)
    forms: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "round_id"], ["survey_rounds.estate_id", "survey_rounds.id"]),
        CheckConstraint("forms >= 0", name="forms"),
    )


class SurveyTag(Base):
    """A tag somebody gave an open answer (R-151)."""

    __tablename__ = "survey_tags"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tag: Mapped[str] = mapped_column(BoundedText(32), primary_key=True)
    round_id: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "response_id"], ["survey_responses.estate_id", "survey_responses.id"]),
        Index("ix_survey_tags_round", "estate_id", "round_id", "tag"),
    )


class SurveyCheck(Base):
    """A form typed a second time by somebody else: how many answers were compared, and which differed.

    ``second`` is the second reading as a line; ``differing`` positions, comma between; ``settled``: somebody decided.
    """

    __tablename__ = "survey_checks"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(BigInteger)
    compared: Mapped[int]
    differing: Mapped[str] = mapped_column(BoundedText(800), default="")
    second: Mapped[str] = mapped_column(BoundedText(2000))
    settled: Mapped[bool]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    checked_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "response_id"], ["survey_responses.estate_id", "survey_responses.id"]),
        Index("ix_survey_checks_round", "estate_id", "round_id"),
    )


class FollowUp(Base):
    """A call-back after a low mark (低分回访): due by a working day, ended with a new mark or the reason why not.

    The unit is forgotten with the round's respondents, once the call-back has ended (security.md §5).
    """

    __tablename__ = "follow_ups"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(BigInteger)
    response_id: Mapped[int] = mapped_column(BigInteger)
    unit_id: Mapped[int | None] = mapped_column(BigInteger)
    positions: Mapped[str] = mapped_column(BoundedText(800))
    lowest_mark: Mapped[int]
    opened_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(BoundedText(16))
    attempts: Mapped[int] = mapped_column(default=0)
    new_mark: Mapped[int | None]
    note: Mapped[str] = mapped_column(BoundedText(500), default="")
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "response_id"], ["survey_responses.estate_id", "survey_responses.id"]),
        ForeignKeyConstraint(["estate_id", "unit_id"], ["units.estate_id", "units.id"]),
        UniqueConstraint("estate_id", "response_id"),
        Index("ix_follow_ups_state", "estate_id", "state", "due_on"),
    )


class ExternalResult(Base):
    """What somebody else measured or certified (第三方评估, R-154). Scores in 10^-6."""

    __tablename__ = "external_results"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(BoundedText(100))
    measured_on: Mapped[date]
    subject: Mapped[str] = mapped_column(BoundedText(32))
    score_micro: Mapped[int | None] = mapped_column(BigInteger)
    scale_micro: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(BoundedText(300), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id"], ["estates.id"]),
        Index("ix_external_results_day", "estate_id", "measured_on"),
    )
