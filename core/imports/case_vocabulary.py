"""The language of complaints: words that name what one is about, and the words of lists of past ones (R-077)."""

import re
from collections.abc import Mapping
from typing import Final

from core.complaints.taxonomy import SubCategory

_S: Final = SubCategory
_WRITTEN: Final[dict[SubCategory, str]] = {
    _S.LIFT: ("电梯,轿厢,困梯,关人,梯控,lift,elevator"),
    _S.WATER: ("停水,没水,无水,供水,水压,水泵,水质,爆管,水管,water supply,no water,water pressure"),
    _S.POWER: ("停电,没电,断电,供电,跳闸,配电,短路,power cut,power failure,no electricity,electrical"),
    _S.GAS: ("燃气,煤气,天然气,漏气,gas leak,smell of gas,gas supply"),
    _S.FIRE_SYSTEM: ("消防,烟感,喷淋,灭火器,消火栓,消防栓,fire alarm,fire system,extinguisher,hydrant,smoke detector"),
    _S.SAFETY_EVENT: (
        "高空抛物,坠物,起火,着火,火灾,受伤,摔伤,打架,入室,被盗,盗窃,伤人,falling object,burglary,theft,injur,assault"
    ),
    _S.PARKING: (
        "停车,车位,车库,占位,道闸,乱停,僵尸车,充电桩,电动车,电瓶车,parking,parked,car park,garage,vehicle,derelict"
    ),
    _S.ACCESS: ("门禁,单元门,刷卡,人脸,access control,entry door,key card"),
    _S.VISITOR: ("访客,外来人员,快递,外卖,推销,陌生人,visitor,stranger,courier,peddl"),
    _S.SECURITY: ("保安,门岗,巡逻,安保,监控,摄像头,治安,security,guard,patrol,camera"),
    _S.NOISE: ("噪音,噪声,吵闹,太吵,扰民,广场舞,装修声,狗叫,施工声,noise,noisy,loud,barking"),
    _S.WASTE: (
        "垃圾,清运,垃圾桶,建筑垃圾,堆放,杂物,trash,garbage,refuse,debris,dumpster,litter,dumping,yard waste,recycling"
    ),
    _S.CLEANING: (
        "保洁,卫生,打扫,清扫,脏,异味,臭,蟑螂,老鼠,蚊虫,消杀,clean,dirty,smell,stray,rodent,rat,pest,dead animal"
    ),
    _S.GREENING: ("绿化,草坪,草地,树木,树枝,树,修剪,杂草,花坛,浇水,tree,lawn,weed,grass,shrub,limb,stump,forestry"),
    _S.DAMAGE: (
        "损坏,坏了,破损,开裂,脱落,漏水,渗水,外墙,墙皮,地砖,堵塞,下水,水沟,"
        "broken,damage,crack,leak,blocked drain,pothole,sewer,property maintenance,building code"
    ),
    _S.PUBLIC_FACILITY: (
        "路灯,照明,灯不亮,健身器材,儿童乐园,滑梯,座椅,游泳池,公共设施,街灯,"
        "street light,lighting,playground,bench,sign,fence"
    ),
    _S.BILL_ERROR: ("账单,多收,重复扣,扣错,收错,金额不对,发票,wrong bill,overcharg,billing error,invoice"),
    _S.DUNNING_MANNER: ("催费,催缴,催款,骚扰电话,贴条,dunning,reminder letter"),
    _S.RATE_LEVEL: ("太贵,涨价,费用高,收费高,不合理收费,降价,too expensive,rate increase,unreasonable rate"),
    _S.UNCLEAR_STANDARD: ("收费标准,收费依据,公摊,不透明,乱收费,fee standard,what am i paying"),
    _S.PAYMENT_CHANNEL: ("缴费不便,没法缴费,支付失败,扫码,缴费渠道,cannot pay,payment channel,payment fail"),
    _S.ATTITUDE: ("态度,不耐烦,推诿,敷衍,骂人,粗鲁,冷漠,attitude,rude,unfriendly"),
    _S.SLOW_RESPONSE: (
        "没人管,没人来,没人处理,拖延,太慢,迟迟,一直没,不及时,nobody came,no response,too slow,still waiting,delay"
    ),
    _S.QUALITY: ("服务质量,没修好,返修,做得差,不到位,poor service,badly done,not fixed"),
    _S.POLICY: ("政策,规定解释,怎么办理,流程不清,policy,explain the rule"),
    _S.RULES: ("制度,管理规定,装修管理,群租,违建,rule,zoning,vacant"),
    _S.COMMUNICATION: (
        "没通知,未通知,通知不及时,联系不上,电话打不通,不回复,公示,not informed,no notice,cannot reach,communicat"
    ),
    _S.NEIGHBOURS: ("邻居,邻里,楼上,楼下,隔壁,养狗,遛狗,neighbour,neighbor,upstairs,dog"),
}

CASE_WORDS: Final = {topic: tuple(words.split(",")) for topic, words in _WRITTEN.items()}
"""Letters to search for, no dictionary: "overcharg" finds "overcharged". What is nowhere named has no words."""


def _words(text: str) -> tuple[str, ...]:
    """Cut a line of words, written as they look after folding."""
    return tuple(text.split())


CASE_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "case_number": _words(
        "受理编号 工单号 工单编号 投诉编号 投诉单号 单号 流水号 受理单号 事件编号 案件编号 编号 casenumber "
        "reference requestid requestno. ticketid ticketnumber servicerequestid servicerequestnumber srnumber "
        "caseid caseenquiryid uniquekey referenceno. srnumber sr_number case_enquiry_id number no. id"
    ),
    "registered_at": _words(
        "受理时间 投诉时间 登记时间 来电时间 报事时间 受理日期 投诉日期 登记日期 来电日期 报事日期 创建时间 "
        "提交时间 发起时间 接单时间 发生时间 日期 时间 registeredat datetimeinit createddate datecreated "
        "dateopened opendate opendt opened opened_dt open_dt requesteddatetime requested_datetime "
        "requesteddate created_date createdat datereceived receiveddate date"
    ),
    "closed_at": _words(
        "办结时间 完成时间 关闭时间 结案时间 闭环时间 处理完成时间 办结日期 完成日期 关闭日期 结案日期 "
        "处理时间 处理日期 closedat datetimeclosed closeddate dateclosed closed_date closed_dt closedt "
        "closed completeddate completiondate dateresolved resolveddate"
    ),
    "cancelled_at": _words(
        "取消时间 撤销时间 撤单时间 作废时间 取消日期 撤销日期 撤单日期 作废日期 cancelledat datecancelled "
        "canceldate cancelleddate canceleddate"
    ),
    "case_status": _words(
        "状态 处理状态 工单状态 投诉状态 办理状态 当前状态 是否办结 casestatus status casestate state requeststatus"
    ),
    "record_type": _words(
        "事项性质 来电性质 诉求类型 事件类型 工单类型 受理类型 来电类型 recordtype casetype tickettype"
    ),
    "category": _words(
        "投诉类别 投诉大类 一级分类 一级类别 大类 类别 投诉分类 分类 投诉类型 问题类别 问题分类 category "
        "group maincategory casecategory department_division subject requestcategory"
    ),
    "sub_category": _words(
        "投诉小类 二级分类 二级类别 小类 子类 子类别 细类 三级分类 投诉子类 具体类别 sub-category subcategory "
        "plain_english_name_for_problemcode subtype requesttype servicerequesttype sr_type complainttype "
        "problemtype service_name problemcode reason type"
    ),
    "content": _words(
        "投诉内容 内容 诉求内容 事件描述 问题描述 投诉事项 反映内容 报事内容 来电内容 描述 事由 详情 content "
        "description details casetitle case_title requestdetails descriptor complaint text"
    ),
    "more_content": _words(
        "补充说明 备注 补充内容 说明 诉求 客户诉求 期望 furthertext morecontent explanation remarks notes comments"
    ),
    "building": _words("楼栋 楼号 栋号 楼栋号 幢号 楼幢 楼座 座号 栋 幢 building"),
    "entrance": _words("单元 单元号 门栋 entrance"),
    "unit": _words("房号 房屋编号 房屋编码 房间号 室号 门牌号 房屋 房间 户号 房产编号 业主房号 unit unitcode room"),
    "place": _words(
        "地点 位置 公共区域 发生地点 投诉地点 地址 区域 详细地址 place publicplace probaddress address "
        "location incidentaddress streetaddress street_address fulladdress"
    ),
    "other_place": _words("其他地点 备用地点 placewherenoneisgiven otherplace"),
    "channel": _words(
        "渠道 受理渠道 投诉渠道 来源 投诉来源 受理方式 投诉方式 来访方式 信息来源 channel callertype source "
        "requestsource methodreceived opendatachanneltype origin"
    ),
    "department": _words(
        "责任部门 处理部门 承办部门 主办部门 经办部门 派单部门 部门 department submitto agency agencyname "
        "responsibleagency owner_department assignedto"
    ),
    "handler": _words("处理人 经办人 责任人 跟进人 负责人 维修人员 处理人员 接单人 handler assignee handledby"),
    "caller_name": _words(
        "业主姓名 客户姓名 投诉人 来电人 报事人 联系人 姓名 业主 客户 投诉人姓名 callername caller contact "
        "name customer"
    ),
    "caller_phone": _words(
        "联系电话 电话 手机 手机号 手机号码 来电号码 联系方式 业主电话 callerphone phone mobile telephone"
    ),
    "satisfaction": _words(
        "满意度 是否满意 回访结果 回访满意度 客户满意度 评价 回访评价 satisfaction satisfied rating"
    ),
    "result": _words(
        "处理结果 办理结果 解决方案 处理情况 处理意见 办结意见 回复内容 处理措施 result resolution "
        "resolutiondescription outcome closurereason closure_reason statusnotes"
    ),
}
"""Headings of lists of past complaints: of property companies and of cities."""

CLOSED, WITHDRAWN, OPEN = "closed", "withdrawn", "open"
CASE_STATUS: Final[Mapping[str, tuple[str, ...]]] = {
    CLOSED: _words(
        "closed close complete completed done resolved finished solved 已关闭 关闭 已完成 完成 已办结 办结 "
        "已结案 结案 已处理 处理完毕 处理完成 已解决 已归档 归档 已闭环 闭环 已回访 是 yes y"
    ),
    WITHDRAWN: _words(
        "cancel cancelled canceled withdrawn void voided 取消 已取消 撤销 已撤销 撤单 已撤单 作废 已作废 "
        "撤回 已撤回 撤诉 已撤诉 无效 销单"
    ),
    OPEN: _words(
        "open new scheduled inprogress pending assigned received active reopened onhold 处理中 待处理 未处理 "
        "进行中 办理中 已派单 待派单 已受理 受理中 待受理 待回访 跟进中 未完成 未关闭 未办结 未结案 未解决 "
        "已分派 已接单 待接单 挂起 否 no n"
    ),
}

RECORD_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "complaint": _words("complaint complaints 投诉 投诉类 抱怨 抱怨类 有效投诉 无效投诉 重复投诉 集体投诉"),
    "suggestion": _words("suggestion suggestions 建议 建议类 意见 意见建议 意见与建议"),
    "praise": _words("praise compliment compliments thanks 表扬 表扬类 感谢 赞扬"),
    "inquiry": _words("inquiry enquiry question information 咨询 咨询类 询问 查询"),
}

CASE_CHANNELS: Final[Mapping[str, tuple[str, ...]]] = {
    "phone": _words("phone telephone call phonecall 电话 来电 致电 电话投诉 拨打电话 管家电话 座机"),
    "hotline": _words(
        "hotline servicehotline callcenter callcentre 311 热线 服务热线 客服热线 400 400热线 客服中心 呼叫中心 12345"
    ),
    "wechat": _words("wechat 微信 微信群 业主群 企业微信 公众号 微信公众号"),
    "app": _words("app mobileapp mobile 手机app 业主app 客户端"),
    "mini_program": _words("mini-program miniprogram 小程序 微信小程序"),
    "website": _words("web website online internet 网站 官网 网上 在线"),
    "email": _words("email e-mail mail 邮件 电子邮件 邮箱"),
    "front_desk": _words(
        "frontdesk walkin walk-in counter inperson 前台 前台接待 来访 客服前台 到访 现场 客服中心前台 当面"
    ),
    "home_visit": _words("homevisit visit 上门走访 上门 走访 入户 入户走访 上门拜访"),
    "suggestion_box": _words("suggestionbox letter 意见箱 信箱 书面 信函 来信"),
    "owner_meeting": _words("owners’meeting owners'meeting meeting 业主会议 业主大会 座谈会 业主座谈会 恳谈会"),
    "survey": _words("survey 满意度调查 调查 问卷"),
    "patrol": _words("patrol employeegenerated selfreport 巡逻 巡查 巡检 员工上报 内部上报"),
    "other": _words("other 其他 其它"),
}

TOPICS: Final[Mapping[str, tuple[str, ...]]] = {
    "service": _words("service 服务类 服务 客户服务 客服类 客服"),
    "fee": _words("fees fee 收费类 收费 费用 费用类 物业费 缴费 财务 收费问题"),
    "facility": _words("facilities 设施类 设施设备 设备设施 设施 工程类 工程 工程维修 设施维修 维修类 维修"),
    "environ": _words("environment 环境类 环境 环境卫生 环境管理 保洁绿化 绿化保洁"),
    "safety": _words("safetyandorder safety 安全秩序类 安全秩序 秩序维护 安全类 安全 秩序 秩序类 安全管理 安防"),
    "manage": _words("management 管理类 管理 综合管理 物业管理"),
    "attitude": _words("serviceattitude 服务态度 态度"),
    "slow_response": _words("slowresponse 响应不及时 处理不及时 服务不及时 时效"),
    "quality": _words("servicequality 服务质量"),
    "policy": _words("policyexplanation 政策解释 政策"),
    "unclear_standard": _words("unclearfeestandard 标准不透明 收费标准 收费不透明 收费依据"),
    "bill_error": _words("errorinthebill 账单差错 账单错误 收费错误 账单"),
    "dunning_manner": _words("mannerofdunning 催缴方式 催费方式 催缴 催费"),
    "rate_level": _words("unreasonablerate 标准不合理 收费过高 收费不合理"),
    "payment_channel": _words("inconvenientpayment 缴费不便 缴费渠道 支付"),
    "lift": _words("lift lifts elevator elevators 电梯 电梯故障 电梯维修 困梯"),
    "water": _words("watersupply 供水 停水 用水 给水"),
    "power": _words("powersupply 供电 停电 用电"),
    "gas": _words("gassupply 供气 燃气"),
    "fire_system": _words("firesystem 消防 消防设施 消防安全"),
    "public_facility": _words("publicfacilities 公共设施 公共照明 公共设备"),
    "damage": _words("damagedfacility 设施损坏 公共部位维修 房屋维修 房屋质量 渗漏水 漏水"),
    "cleaning": _words("cleaning 清洁卫生 保洁 卫生 清洁 保洁服务 卫生保洁"),
    "greening": _words("greening 绿化 绿化养护 园林绿化 绿化管理"),
    "waste": _words("waste 垃圾 垃圾清运 垃圾分类 垃圾处理"),
    "noise": _words("noise 噪音 噪声 噪音扰民 噪声扰民 扰民"),
    "security": _words("security 安保 保安 安保服务 治安"),
    "access": _words("accesscontrol 门禁 门禁系统"),
    "visitor": _words("visitors 访客 访客管理 外来人员"),
    "parking": _words("parking 停车 车辆停放 停车管理 车辆管理 停车场"),
    "safety_event": _words("safetyevent 安全事件 安全事故 高空抛物"),
    "rules": _words("rules 管理制度 制度 装修管理 违建 违规装修"),
    "communication": _words("communication 沟通 信息公示 公示"),
    "neighbours": _words("disputebetweenneighbours 邻里纠纷 邻里 邻里关系 养犬"),
}
"""Words that mean a topic for sure; "other" is only ever said by a person (R-077)."""

OTHER_WORDS: Final = frozenset(_words("other others misc miscellaneous 其他 其它 其他类 其他问题 综合类"))

CASE_DEPARTMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "management": _words("项目部 项目管理部 管理处 物业管理处 综合部 行政部 项目经理 服务中心 物业服务中心"),
    "customer_service": _words("客服 客服部 客户服务部 客服中心 客户服务中心 客户部 管家部"),
    "engineering": _words("工程 工程部 维修部 工程维修部 设备部 工程维保部 机电部"),
    "order": _words("秩序部 秩序维护部 保安部 安保部 安管部 保安 安全部 护卫部 秩序"),
    "cleaning": _words("环境部 环境管理部 保洁部 保洁 绿化部 保洁绿化部 环境 园林部"),
    "finance": _words("财务 财务部 收费处 收费中心 收费部"),
    "quality": _words("品质部 品质管理部 品控部 品质"),
}
"""Further names of the departments every portal begins with."""

DEPARTMENT_NUMBER: Final = re.compile(r"\s*[,，;；]\s*[0-9]*$")
"""What follows a department's name as a code, as in "STREET DEPT, 510"."""

SATISFACTION: Final[Mapping[str, tuple[str, ...]]] = {
    "satisfied": _words("satisfied verysatisfied yes y good 满意 非常满意 很满意 基本满意 较满意 比较满意 是 好评 好"),
    "unsatisfied": _words(
        "unsatisfied notsatisfied dissatisfied verydissatisfied no n bad 不满意 非常不满意 很不满意 不太满意 "
        "较不满意 否 差评 差"
    ),
}
NOT_ASKED: Final = frozenset(_words("未回访 未评价 无法联系 未接通 未接听 notasked noanswer"))

NAMELESS: Final = frozenset(_words("匿名 匿名业主 不愿透露 anonymous withheld"))

TOPIC_ENDINGS: Final = r"(?:类|问题|投诉|方面)+$"
DATE_ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "month_first": ("month_first", "mdy", "月日年"),
    "day_first": ("day_first", "dmy", "日月年"),
}
