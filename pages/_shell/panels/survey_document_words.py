"""The words of the satisfaction report, in the language of its reader."""

from collections.abc import Callable

from core.documents.survey_report_parts import ReportWords


def report_words(t: Callable[[str], str]) -> ReportWords:
    """The words of a satisfaction report in the language of ``t``."""
    return ReportWords(
        marks=_marks(t),
        as_of=t("Data as of"),
        rounds=t("Survey rounds"),
        round=t("Survey round"),
        period=t("Survey period"),
        sent=t("Forms sent"),
        returned=t("Forms returned"),
        response_rate=t("Response rate"),
        figures=t("Overall results"),
        figure=t("Figure"),
        value=t("Result"),
        margin=t("Margin of error (95 %)"),
        n=t("Sample"),
        remark=t("Remark"),
        warnings=t("To be noted"),
        dimensions=t("Results by dimension"),
        dimension=t("Dimension"),
        mean=t("Score"),
        share=t("Share of 4–5"),
        change=t("Against the last round"),
        items=t("Results by item"),
        item=t("Question"),
        low=t("Low"),
        distribution=t("Distribution of answers (forms)"),
        group=t("Group"),
        tags=t("What comments are about"),
        tag=t("Tag"),
        count=t("Comments"),
        third_party=t("Third-party evaluation"),
        body=t("Evaluated by"),
        measured_on=t("Measured on"),
        subject=t("Subject"),
        score=t("Their result"),
        own_score=t("Our own result"),
        call_backs=t("Call-backs after low marks"),
        opened=t("Call-backs opened"),
        in_time=t("Done in time"),
        reached=t("People reached"),
        recovered=t("Satisfied again"),
        measures=t("Improvement measures"),
        number=t("No."),
        problem=t("Problem"),
        stage=t("Stage"),
        deadline=t("Deadline"),
        overdue=t("Overdue"),
        before=t("Before the measure"),
        after=t("After the measure"),
        effect=t("Degree of impact (reconstructed)"),
        advice=t("Advice"),
    )


def _marks(t: Callable[[str], str]) -> tuple[str, str, str, str, str]:
    return (
        t("Very satisfied"),
        t("Rather satisfied"),
        t("Neutral"),
        t("Rather dissatisfied"),
        t("Very dissatisfied"),
    )
