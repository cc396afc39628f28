"""What is said in the complaints and requests of the benchmark: frequent words, rare ones, numbers from elsewhere.

There are some thousands of different texts, so that their tokens are made once each.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from core.kernel.identity import EstateId
from db.keys import KeyRing
from db.repositories.service_search import search_tokens

RARE: Final = "孔雀"
"""Said in about one of ten thousand records."""
FREQUENT: Final = "要求"
"""Said in half of the complaints."""
FREQUENT_WORK: Final = "上门"
"""Said in one of eight requests."""
TWO: Final = "电梯 检修"
TWO_WORK: Final = "楼道 垃圾"
ONE: Final = "水"
"""A character of many words."""

_CLAIMS: Final = ("要求尽快处理", "要求说明原因", "要求当面答复", "希望改进", "希望有人回电", "请安排人员到场检修")
_MATTERS: Final[dict[str, tuple[str, ...]]] = {
    "attitude": ("前台接电话不耐烦", "门岗说话很冲，不让老人进门"),
    "slow_response": ("报修三天没有人上门", "约好时间没有人来，也不通知"),
    "quality": ("修好没几天又坏了", "墙面补得高低不平，垃圾也没带走"),
    "unclear_standard": ("公摊水电看不懂怎么算的", "停车收费没有公示"),
    "bill_error": ("已经缴费，账单还显示欠费", "面积算错，多收了物业费"),
    "lift": ("{b}电梯停了半天", "{b}电梯抖动有异响", "{b}电梯门反复开关"),
    "water": ("{b}高层水压太小", "停水没有提前通知", "自来水发黄"),
    "power": ("{b}楼道灯不亮", "家里总是跳闸"),
    "public_facility": ("儿童滑梯破了", "{b}单元门关不上", "健身器材松动"),
    "damage": ("楼上漏水泡坏了天花板", "外墙渗水，墙皮脱落"),
    "cleaning": ("{b}楼道一周没有打扫", "车库积水有油污"),
    "greening": ("树枝挡住低层窗户", "草坪枯死一片"),
    "waste": ("垃圾桶满了没有清运", "装修垃圾堆在{b}楼下"),
    "noise": ("楼上深夜装修噪音很大", "广场舞音响太吵", "水泵房整夜嗡嗡响"),
    "security": ("推销人员随便进出", "夜里看不到巡逻"),
    "access": ("{b}门禁坏了一个月", "人脸识别不灵"),
    "parking": ("车位被外来车占用", "消防通道停满了车", "道闸识别错误排队很长"),
    "communication": ("反映的问题没有下文", "公告只发在群里，老人看不到"),
    "neighbours": ("邻居在楼道堆放杂物", "楼上空调滴水"),
}
_QUESTIONS: Final[dict[str, tuple[str, ...]]] = {
    "unclear_standard": ("咨询物业费包含哪些服务",),
    "policy": ("咨询装修要办哪些手续", "咨询过户后怎么变更业主"),
    "parking": ("咨询停车月卡怎么办理",),
    "access": ("咨询门禁卡丢了怎么补办",),
}
_WORK: Final[dict[str, tuple[str, ...]]] = {
    "repair": ("厨房水龙头滴水", "马桶堵了", "插座没有电", "门锁打不开", "暖气不热", "下水道返水", "楼道灯不亮"),
    "cleaning": ("电梯轿厢地面很脏", "楼道有装修垃圾", "垃圾桶漏水"),
    "greening": ("树枝太长挡光", "草坪秃了一块"),
    "other": ("老人一个人在家，想请人代买药", "钥匙掉进下水道"),
}
_FAILURES: Final[dict[str, str]] = {
    "lift": "{b}电梯困人",
    "water": "{b}主管爆裂停水",
    "power": "{b}整单元停电",
    "gas": "{b}有煤气味",
    "fire": "{b}消防泵没有水压",
}
_WHEN: Final = ("昨天晚上", "今天早上", "这个星期", "上周末", "半个月前", "下班以后", "国庆期间", "开学以后")
_WHO: Final = ("我家老人", "邻居", "孩子放学", "楼长", "租户", "隔壁阿姨", "送货师傅", "业主群里")
_MORE: Final = ("已经拍了照片", "打过电话没人接", "请回电说明", "不要公开我的姓名", "可以随时上门", "", "", "")


@dataclass(frozen=True, slots=True)
class Said:
    """What a record says: its type or kind, sub-category or failure, the words, and perhaps a number from elsewhere."""

    kind: str
    topic: str
    content: str
    wish: str
    reference: str


def said_of_case(chance: Random, building: str) -> Said:
    """A complaint, or one in eight times an inquiry."""
    kind, pool = ("inquiry", _QUESTIONS) if chance.random() < 0.12 else ("complaint", _MATTERS)
    topic = chance.choice(tuple(pool))
    wish = chance.choice(_CLAIMS) if kind == "complaint" else ""
    return Said(kind, topic, _content(chance, chance.choice(pool[topic]), building), wish, _reference(chance))


def said_of_order(chance: Random, building: str) -> Said:
    """A repair in most cases, at times the failure of a public system."""
    kind = chance.choices(tuple(_WORK), (70, 15, 8, 7))[0]
    if kind == "repair" and chance.random() < 0.04:
        topic = chance.choice(tuple(_FAILURES))
        return Said(kind, topic, _content(chance, _FAILURES[topic], building), "", _reference(chance))
    return Said(kind, "", _content(chance, chance.choice(_WORK[kind]), building), "", _reference(chance))


def _content(chance: Random, text: str, building: str) -> str:
    said = text.format(b=f"{building}号楼", e="1单元")
    more = f"花园里的{RARE}叫个不停" if chance.random() < 0.0001 else chance.choice(_MORE)
    return f"{chance.choice(_WHEN)}{chance.choice(_WHO)}说，{said}。{more}"


def _reference(chance: Random) -> str:
    """The number of the city's hotline, for one of ten."""
    return f"12345-{chance.randrange(10**6):06}" if chance.random() < 0.1 else ""


_MADE: Final[dict[tuple[bytes, int, str, bool, str, str], str]] = {}


def tokens_of(keys: KeyRing, said: Said, *, estate: int, kind: str, ended: bool) -> str:
    """The tokens of a record's words."""
    if said.reference:
        texts = (said.content, said.wish, said.reference)
        return search_tokens(keys, estate=EstateId(estate), kind=kind, ended=ended, texts=texts)
    key = (keys.index_key, estate, kind, ended, said.content, said.wish)
    if key not in _MADE:
        texts = (said.content, said.wish, "")
        _MADE[key] = search_tokens(keys, estate=EstateId(estate), kind=kind, ended=ended, texts=texts)
    return _MADE[key]
