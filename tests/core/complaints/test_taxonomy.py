from pathlib import Path

import pytest

from core.complaints.taxonomy import (
    EQUIPMENT_FAILURES,
    HOME_DEPARTMENTS,
    REPORT_GROUPS,
    SAFETY_EVENTS,
    SUB_CATEGORIES,
    CaseCategory,
    CaseChannel,
    Emotion,
    RecordType,
    ReportGroup,
    Solution,
    SubCategory,
    SubCategoryElsewhere,
    category_of,
    check_sub_category,
)

CODE_LISTS = Path(__file__).parents[3] / "locales" / "code_lists.tsv"


def test_every_sub_category_belongs_to_exactly_one_category() -> None:
    listed = [sub for subs in SUB_CATEGORIES.values() for sub in subs]
    assert sorted(listed) == sorted(SubCategory)
    assert set(SUB_CATEGORIES) == set(CaseCategory)


@pytest.mark.parametrize(
    ("category", "count"),
    [("service", 4), ("fee", 5), ("facility", 7), ("environ", 4), ("safety", 5), ("manage", 4)],
)
def test_the_categories_have_the_sub_categories_of_the_taxonomy(category: str, count: int) -> None:
    assert len(SUB_CATEGORIES[CaseCategory(category)]) == count


@pytest.mark.parametrize(
    ("category", "group", "department"),
    [
        (CaseCategory.SERVICE, ReportGroup.SERVICE, "customer_service"),
        (CaseCategory.FEE, ReportGroup.CHARGING, "finance"),
        (CaseCategory.FACILITY, ReportGroup.FACILITY, "engineering"),
        (CaseCategory.ENVIRON, ReportGroup.SERVICE, "cleaning"),
        (CaseCategory.SAFETY, ReportGroup.MANAGEMENT, "order"),
        (CaseCategory.MANAGE, ReportGroup.MANAGEMENT, "management"),
    ],
)
def test_a_category_rolls_up_and_has_a_home(category: CaseCategory, group: ReportGroup, department: str) -> None:
    assert (REPORT_GROUPS[category], HOME_DEPARTMENTS[category]) == (group, department)


def test_every_home_department_is_a_code_of_the_list_of_departments() -> None:
    rows = [line.split("\t") for line in CODE_LISTS.read_text(encoding="utf-8").splitlines()]
    assert set(HOME_DEPARTMENTS.values()) <= {row[1] for row in rows if row[0] == "department"}


def test_failures_of_public_systems_and_safety_events_are_marked() -> None:
    assert {
        SubCategory.LIFT,
        SubCategory.WATER,
        SubCategory.POWER,
        SubCategory.GAS,
        SubCategory.FIRE_SYSTEM,
    } == EQUIPMENT_FAILURES
    assert {SubCategory.SAFETY_EVENT} == SAFETY_EVENTS


def test_the_channels_of_the_requirement_are_there() -> None:
    wanted = (
        "phone hotline wechat app website email front_desk",
        "home_visit suggestion_box owner_meeting survey",
    )
    assert {code for line in wanted for code in line.split()} <= {str(channel) for channel in CaseChannel}


def test_the_short_lists_are_those_of_the_documents() -> None:
    assert [str(one) for one in RecordType] == ["complaint", "suggestion", "praise", "inquiry"]
    assert [str(one) for one in Emotion] == ["angry", "dissatisfied", "anxious", "calm", "unknown"]
    assert [str(one) for one in Solution] == ["repair", "replacement", "indemnity", "compensation", "explanation"]


def test_a_sub_category_goes_with_its_own_category() -> None:
    assert category_of(SubCategory.DUNNING_MANNER) is CaseCategory.FEE
    check_sub_category(category=CaseCategory.FEE, sub_category=SubCategory.DUNNING_MANNER)
    for category in (CaseCategory.SERVICE, None):
        with pytest.raises(SubCategoryElsewhere) as refused:
            check_sub_category(category=category, sub_category=SubCategory.DUNNING_MANNER)
        assert refused.value.fields == {"category": category, "sub_category": SubCategory.DUNNING_MANNER}
