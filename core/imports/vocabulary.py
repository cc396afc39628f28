"""The language of files: header synonyms, unit words, words for "no data", and words behind codes.

The one module of the rules in which Chinese stands (architecture.md, convention 17). Words are written as they look
after :func:`core.imports.text.folded`: NFKC, lower case, no spaces. The first synonym of a header is the usual one
and wins over the later ones.
"""

import re
from collections.abc import Mapping
from typing import Final

NO_DATA_NAMES: Final = frozenset(
    {"暂无资料", "暂无信息", "暂无数据", "暂无", "无资料", "无数据", "无", "未知", "不详", "待定", "未填"}
)
"""Words for "no data" in a column of names, where ``NA`` and ``-`` are legal text (F28)."""

NO_DATA: Final = NO_DATA_NAMES | {
    *("-", "--", "---", "—", "——", "_", "/", "//", "\\", "*", "?", "na", "n/a", "null", "none", "nan", "nil"),
    *("暂缺", "没有", "未登记", "未提供", "尚未公布", "待补充"),
}

NO_DATA_AMOUNT: Final = re.compile("(?:" + "|".join(sorted(map(re.escape, NO_DATA_NAMES), key=len, reverse=True)) + ")")
"""A word for "no data" that still carries its unit, as ``暂无信息元/㎡·月``."""

# Units after NFKC: ㎡ and m² both become m2.
AREA_UNITS: Final = frozenset({"平方米", "平米", "平方", "m2", "m^2", "平", "㎡", "sqm"})
COUNT_UNITS: Final = frozenset({"户", "套", "户数", "住户", "间"})
PERCENT_UNITS: Final = frozenset({"%", "%%", "百分之", "percent"})
RATIO_UNITS: Final = frozenset({"", "倍"})
_PER_AREA: Final = ("平方米", "平米", "平方", "平", "m2", "m^2", "㎡")
_PER_MONTH: Final = ("月", "每月", "month")
PRICE_UNITS: Final = frozenset(
    {
        "元",
        "rmb",
        *(f"元/{area}" for area in _PER_AREA),
        *(f"元{a}{area}{b}{month}" for area in _PER_AREA for month in _PER_MONTH for a in "/·*" for b in "/·.*•・"),
        *(f"元/月{b}{area}" for area in _PER_AREA for b in "/·.*•・"),
        *(f"元/({area}·月)" for area in _PER_AREA),
        *(f"元每{area}每月" for area in _PER_AREA),
        *(f"元/每{area}/月" for area in _PER_AREA),
        *(f"元/{area}每月" for area in _PER_AREA),
    }
)
FOREIGN_UNIT: Final = re.compile(
    r"[万亿千百亩角分吨]|公顷|英尺|/年|每年|年$|/季|每季|/天|/日|每天|每日|元/户|元/月$|美元|港"
)
"""Units that would change the size of a number without a word: refused in a heading, never converted."""

TEN_THOUSANDS: Final = re.compile(r"[万亿千百]")
RANGE: Final = re.compile(r"\d\s*[%元户]?\s*(?:[~〜～至到—–]|--?)\s*\d")

TOTAL_ROW: Final = re.compile(
    r"^(?:本?页)?(?:合|总|小|共)计(?:数|额)?(?:\(.*\))?[:：]?$|^(?:grand)?total[:：]?$|^累计[:：]?$|^汇总[:：]?$"
)
GRAND_TOTAL: Final = re.compile(r"^(?:合|总)计|^(?:grand)?total")
FOOTNOTE: Final = re.compile(
    r"^(?:注|附注|备注|说明|注意|制表|制单|审核|复核|填表|填报|经办|打印|导出|数据来源|统计|单位负责|日期|note)"
    r"(?:人|人员|时间|日期|员|单位)?\d*[:：]"
)

HEADER_BRACKETS: Final = re.compile(r"[(\[【〔《<{]([^()\[\]【】〔〕]*)[)\]】〕》>}]")
HEADER_ORNAMENTS: Final = re.compile(r"[*:：\"'“”]")


def _w(text: str) -> tuple[str, ...]:
    """Cut a line of words."""
    return tuple(text.split())


_PLACE: Final = {
    "building": _w("楼栋 楼号 栋号 楼栋号 幢号 楼幢 楼座 座号 栋 幢 building"),
    "entrance": _w("单元 单元号 门栋 entrance"),
}
_ESTATE: Final = _w("小区 小区名称 小区名 项目 项目名称 楼盘 楼盘名称 小区编码 小区编号 项目编号 estate")
_UNIT: Final = _w(
    "房号 房屋编号 房屋编码 房间号 室号 门牌号 房屋 房间 户号 房产编号 资源编号 房屋名称 unit unitcode room"
)

HEADERS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "estates": {
        "code": _w("小区编码 小区编号 小区代码 项目编号 项目编码 编码 编号 代码 code"),
        "name": _w(
            "小区名称 小区名 小区 楼盘名称 楼盘 楼盘名 项目名称 项目名 项目 名称 住宅区名称 社区名称 estate name"
        ),
        "address": _w("地址 小区地址 项目地址 楼盘地址 详细地址 坐落 位置 项目位置 address"),
        "district": _w("所在区域 区域 所属区域 行政区 所在区 区县 城区 所属商圈 商圈 板块 district"),
        "estate_type": _w("物业类型 小区类型 物业类别 项目类型 建筑类型 业态 用途 类型 type estatetype"),
        "structure": _w("建筑结构 建筑类别 结构 楼型 建筑形式 structure"),
        "floor_area": _w("建筑面积 总建筑面积 总建面 建面 建筑总面积 管理面积 floorarea"),
        "plot_area": _w("占地面积 用地面积 占地 土地面积 总占地面积 plotarea sitearea"),
        "household_count": _w("总户数 户数 房屋总数 总套数 规划户数 住户数 households householdcount"),
        "greening_percent": _w("绿化率 绿地率 绿化覆盖率 greening greeningpercent"),
        "plot_ratio": _w("容积率 plotratio far"),
        "reference_price": _w(
            "物业费 物业管理费 物管费 物业费单价 物业服务费 物业收费 收费标准 物业费标准 参考单价 price referenceprice"
        ),
        "developer": _w("开发商 开发企业 开发公司 开发单位 建设单位 developer"),
        "property_company": _w(
            "物业公司 物业管理公司 物业服务企业 物业企业 物管公司 管理公司 物业服务公司 propertycompany manager"
        ),
    },
    "units": {
        "estate": _ESTATE,
        **_PLACE,
        "unit": _UNIT,
        "floor": _w("楼层 层 所在楼层 所在层 floor"),
        "area": _w("建筑面积 面积 计费面积 收费面积 房屋面积 产权面积 套内面积 area floorarea"),
        "use": _w("使用性质 用途 房屋用途 房屋性质 房屋类型 物业类型 性质 类型 use"),
        "grade": _w("物业等级 等级 收费等级 服务等级 房屋等级 grade"),
        "handover_date": _w("交付日期 交房日期 交楼日期 收房日期 交房时间 接房日期 入伙日期 handover handoverdate"),
    },
    "customers": {
        "estate": _ESTATE,
        **_PLACE,
        "unit": _UNIT,
        "name": _w(
            "姓名 客户姓名 业主姓名 客户名称 名称 业主 业主名称 住户姓名 客户 租户姓名 租户名称 住户 name customer"
        ),
        "phone": _w("电话 手机 手机号 手机号码 联系电话 联系方式 电话号码 移动电话 业主电话 phone mobile telephone"),
        "relation": _w("关系 客户类型 身份 与房屋关系 住户类型 客户类别 客户性质 类型 relation"),
        "care_flags": _w("关怀标签 特殊群体 关怀类别 标签 客户标签 重点关怀 特殊关怀 careflags flags"),
        "start_date": _w("入住日期 开始日期 起始日期 入住时间 生效日期 起租日期 startdate start"),
        "end_date": _w("结束日期 迁出日期 终止日期 到期日期 退租日期 搬离日期 enddate end"),
    },
    "survey_responses": {
        "form_number": _w("问卷编号 问卷号 答卷编号 答卷号 表单编号 编号 序号 formnumber number no. id responseid"),
        "unit": _UNIT,
        "collected_on": _w(
            "填写日期 回收日期 调查日期 访问日期 答卷时间 提交答卷时间 填写时间 提交时间 日期 时间 "
            "datecollected collectedon date"
        ),
        "channel": _w("渠道 填写渠道 调查渠道 调查方式 回收渠道 方式 答卷渠道 channel method mode"),
        "customer_group": _w("客户类型 客户群体 身份 答卷人身份 客户类别 住户类型 关系 customergroup group relation"),
        "collector": _w("调查员 访问员 回收人 访谈人 调查人 collector interviewer"),
    },
}

ESTATE_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "residential": _w(
        "residential 住宅 普通住宅 精品豪宅 豪宅 高档住宅 经济适用房 公寓 酒店式公寓 住宅公寓 花园洋房 "
        "洋房 高层 多层 小高层 平房 四合院 房改房 商品房"
        "安置房 公租房 廉租房 限价房 两限房 自住房 保障房 保障性住房 老公房 新里洋房 普通公寓 高档公寓 居住小区"
    ),
    "villa": _w("villa 别墅 联排 联排别墅 独栋 独栋别墅 双拼 双拼别墅 叠拼 叠拼别墅 叠加别墅"),
    "mixed": _w("mixed 商住 商住楼 商住公寓楼 商住两用 综合体 综合 城市综合体 商住综合 混合"),
    "commercial": _w("commercial 商业 商铺 商场 购物中心 临街门面 底商 商业街 店面"),
    "office": _w("office 写字楼 办公 办公楼 商务楼 纯写字楼"),
    "industrial": _w("industrial 工业 厂房 产业园 工业园 仓库 物流园 园区"),
    "other": _w("other 其他 其它 医院 学校 政府 公建 公共建筑"),
}

UNIT_USES: Final[Mapping[str, tuple[str, ...]]] = {
    "residential": _w("residential 住宅 普通住宅 居住 公寓 别墅 民用 住房 洋房"),
    "commercial": _w("commercial 商业 商铺 门面 店铺 商用 底商 商业用房 铺位"),
    "office": _w("office 办公 写字楼 办公室 办公用房 商务办公"),
    "industrial": _w("industrial 工业 厂房 仓库 仓储 工业用房"),
    "parking": _w("parking 车位 停车位 车库 地下车位 产权车位 人防车位"),
    "other": _w("other 其他 其它 储藏室 储物间 配套 公共用房 会所"),
}

RELATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "owner": _w("owner 业主 产权人 房主 户主 共有人 房东"),
    "tenant": _w("tenant 租户 租客 承租人 租赁户 承租方"),
    "visitor": _w("visitor 访客 来访 临时访客"),
}

CUSTOMER_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "owner": RELATIONS["owner"],
    "tenant": RELATIONS["tenant"],
    "other": _w("other otherperson 其他 其它 其他人员 访客 商户 家属"),
    "unknown": _w("unknown notstated 未填写"),
}

SURVEY_CHANNELS: Final[Mapping[str, tuple[str, ...]]] = {
    "online": _w("online 线上 线上问卷 网上 在线 网络 web internet 微信 小程序 扫码 二维码 手机提交 链接"),
    "interview": _w("interview 上门 访谈 线下访谈 面访 入户 上门访谈 入户访问 当面 面谈 facetoface visit"),
    "phone": _w("phone phonecall 电话 电话调查 电话访问 电访 电话回访 telephone"),
    "paper": _w("paper 纸质 纸 纸质问卷 书面 邮寄 信函 mail post"),
}

RECODE_SEPARATORS: Final = re.compile(r"[,，、;；\n]+")

CARE_FLAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "elderly": _w("elderly 老年人 老人 老年 高龄 独居老人 孤寡老人 空巢老人"),
    "low_income": _w("low_income lowincome 低收入 低收入家庭 低保 低保户 困难户 困难家庭"),
    "newly_moved_in": _w("newly_moved_in newlymovedin 新入住 新入住业主 新业主 新住户"),
}

GRADES: Final[Mapping[str, tuple[str, ...]]] = {
    "A": _w("a a级 甲 甲级 一级 1级 一等 1"),
    "B": _w("b b级 乙 乙级 二级 2级 二等 2"),
    "C": _w("c c级 丙 丙级 三级 3级 三等 3"),
    "D": _w("d d级 丁 丁级 四级 4级 四等 4"),
}

LIST_SEPARATORS: Final = re.compile(r"[,，、;；/|+\s]+")
UNIT_PARTS: Final = re.compile(r"(?:号楼|单元|号房|[栋幢楼座梯门室房号户铺]|[-_/#,\\\s]+)+")
NOT_IN_CODES: Final = re.compile(r"层")
HAN_DIGITS: Final = {word: str(number) for number, word in enumerate("一二三四五六七八九十", start=1)}
CODE_AS_DATE: Final = re.compile(
    r"^\d{1,2}月\d{1,2}日$|^\d{4}[-/年]\d{1,2}[-/月]\d{1,2}(?:\D.*)?$|^\d{1,2}-[a-z]{3}$|^[a-z]{3}-\d{2}$",
    re.ASCII | re.IGNORECASE,
)
FLOOR: Final = re.compile(r"^(?:第)?(?:(?P<sign>-|负|地下|b)?(?P<number>\d{1,3}))(?:层|楼|f)?$")
DATE: Final = re.compile(
    r"^(?P<y>\d{4})(?:(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})[日号]?)"
    r"(?:[T ]*(?P<time>\d{1,2}[:时]\d{1,2}(?:[:分](?:\d{1,2}(?:\.\d{1,9})?)?秒?)?)\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?$",
    re.ASCII,
)
DAY_AND_MONTH_FIRST: Final = re.compile(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$")
PHONE_EXTENSION: Final = re.compile(r"(?:转|分机|ext\.?|#|x)", re.IGNORECASE)
NOT_A_COMPANY: Final = re.compile(r"^[\d\s.,-]+$|元/|评估参考价|[?？]{2,}")

PM_WORDS: Final = frozenset({"pm", "p.m.", "下午", "晚上"})
_CLOCK: Final = r"(?P<h>\d{1,2})[:时点](?P<n>\d{1,2})?(?:[:分](?:(?P<s>\d{1,2})(?:\.(?P<f>\d{1,9}))?秒?)?)?"
_HALF: Final = r"(?:[AaPp]\.?[Mm]\.?|上午|下午|晚上)"
_TIME_OF_DAY: Final = (
    rf"(?:(?:T|\s*)(?P<early>{_HALF})?\s*{_CLOCK}\s*(?P<late>{_HALF})?\s*(?P<zone>Z|[+-]\d{{2}}:?\d{{2}})?)?"
)
MOMENT: Final = re.compile(
    r"(?P<y>\d{4})(?:(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})[日号]?)"
    + _TIME_OF_DAY,
    re.ASCII,
)
MOMENT_WITH_YEAR_LAST: Final = re.compile(
    r"(?P<first>\d{1,2})(?P<sep>[-/.])(?P<second>\d{1,2})(?P=sep)(?P<y>\d{4})" + _TIME_OF_DAY, re.ASCII
)
