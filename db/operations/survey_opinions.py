"""Use case of open answers (R-151): a person says what they are about."""

from dataclasses import dataclass
from itertools import chain

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.kernel.identity import EstateId, ResponseId, RoundId
from core.surveys.opinions import check_tags
from db.operations.survey_rounds import the_round
from db.repositories.codes import active_codes
from db.repositories.survey_forms import open_answers, replace_tags, tags_of
from db.unit_of_work import NotFound, UnitOfWork, operation

Answer = tuple[ResponseId, int]
"""An open answer: form and position."""


@dataclass(frozen=True, slots=True)
class TagOpinions:
    """The tags of some open answers of a round, each with form and position; no tags takes those away."""

    estate_id: EstateId
    round_id: RoundId
    tags: tuple[tuple[ResponseId, int, tuple[str, ...]], ...]


@operation(Permission.SURVEYS_FOLLOW)
def tag_opinions(work: UnitOfWork, command: TagOpinions) -> int:
    """Give answers these tags instead of those they had, all or none, and give how many answers changed.

    An answer that is not there (any more), or no words, raises ``NotFound``. A retired tag stays where it was.
    """
    round_ = the_round(work, command.estate_id, command.round_id)
    wanted = {(response, position): tags for response, position, tags in command.tags}
    if wanted.keys() - open_answers(work.session, round_, {response for response, _ in wanted}):
        raise NotFound
    before = tags_of(work.session, round_, {response for response, _ in wanted})
    active = active_codes(work.session, CodeList.SURVEY_TAG)[CodeList.SURVEY_TAG]
    checked = {
        answer: check_tags(tags=tags, known=active, kept=before.get(answer, frozenset()))
        for answer, tags in wanted.items()
    }
    changed = {answer: tags for answer, tags in checked.items() if set(tags) != before.get(answer, frozenset())}
    if changed:
        replace_tags(work.session, round_, changed)
        after = {"answers": len(changed), "tags": sorted(set(chain.from_iterable(changed.values())))}
        work.record("survey_opinions.tag", ("survey_round", command.round_id), estate=command.estate_id, after=after)
    return len(changed)
