"""Names and words of the demonstration company. All of them are made up; the phone numbers lead nowhere."""

from typing import Final

COMPANY: Final = "和悦物业服务有限公司"

SURNAMES: Final = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN_FIRST: Final = tuple(
    "建国志文明德永春秀玉桂丽淑晓海小雅思子俊宇欣梦家立光新华振庆兴凤美爱月红云雪芳彩金银宝来长福"
)
GIVEN_SECOND: Final = tuple(
    "华明军平强伟芳英兰珍梅霞玲敏静燕艳娟丽杰涛超勇刚磊洋鹏飞斌波辉健宁琳琪瑶涵轩泽然怡佳颖莹洁"
)
GIVEN_SINGLE: Final = tuple("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚英华玉萍红鹏健波宁琳")

SHOP_NAMES: Final = (
    "好邻居便利店", "康宁大药房", "晨光文具店", "老灶台面馆", "云锦洗衣", "小葵花托育", "鲜果时光", "百味卤坊",
    "美佳理发", "佳音琴行", "通达快印", "安心宠物诊所", "青禾花店", "四季水果", "川香小厨", "邻里茶馆",
)  # fmt: skip
FIRM_HEADS: Final = ("远航", "博雅", "恒信", "天成", "启元", "汇达", "瑞丰", "凌云", "众合", "鼎新", "致远", "明德")
FIRM_TAILS: Final = ("科技有限公司", "商贸有限公司", "设计事务所", "会计师事务所", "文化传媒有限公司", "律师事务所")

OLD_NAME, OLD_DISTRICT, OLD_STREET = "梧桐里小区", "城南区", "云州市城南区梧桐路18号"
NEW_NAME, NEW_DISTRICT, NEW_STREET = "云璟府", "高新区", "云州市高新区星河大道266号"
MIXED_NAME, MIXED_DISTRICT, MIXED_STREET = "金桥广场", "中心区", "云州市中心区金桥路9号"
OLD_DEVELOPER, NEW_DEVELOPER, MIXED_DEVELOPER = "城南住宅建设公司", "云璟置业有限公司", "金桥城市开发有限公司"
BRICK, FRAME = "砖混", "框剪"

OLD_APPROVAL, NEW_APPROVAL, MIXED_APPROVAL = "业主大会决议〔2019〕3号", "前期物业服务合同第12条", "物业服务合同第9条"
RAISE_APPROVAL: Final = "业主大会决议：物业服务费调整，双过半表决通过"

PART_NOTE: Final = "先交一部分，其余下月补齐"
AHEAD_NOTES: Final = {2: "预交一季度", 5: "预交半年", 11: "预交一年"}
DOOR_NOTE: Final = "上门收取"
REVERSAL_REASONS: Final = (
    "金额录错，重新开票",
    "户号录错，应为同楼另一户",
    "业主重复支付，平台已退回",
    "付款方式选错，重新登记",
)
REFUND_REASONS: Final = ("房屋已出售，退还预存余额", "租约到期退租，退还预存余额", "业主申请退还预存款")
APPROVED_NOTE, REJECTED_NOTE = "核对属实，同意", "资料不全，请补充过户证明后再申请"
CUSTOMER_NOTES: Final = (
    "白天上班，晚上七点后联系",
    "子女在外地，电话由女儿接听",
    "习惯到前台现金缴费",
    "对电梯故障有投诉记录，先回复再催费",
    "房屋出租，账单发给租户",
)

STAFF: Final = (
    # number, name, post, department, estate (0 none), user name ("" no account), roles
    ("G001", "周启明", "estate_manager", "management", 0, "zhouqm", "manager"),
    ("G002", "沈文静", "accountant", "finance", 0, "shenwj", "accountant"),
    ("G003", "贺立新", "fees_supervisor", "finance", 0, "helx", "supervisor"),
    ("G004", "罗晓燕", "auditor", "quality", 0, "luoxy", "auditor"),
    ("G005", "方志远", "other", "management", 0, "fangzy", "administrator"),
    ("G006", "韩雪梅", "accountant", "finance", 0, "hanxm", "accountant"),
    ("G011", "陈国栋", "estate_manager", "management", 1, "chengd", "manager"),
    ("G012", "刘秀芳", "service_supervisor", "customer_service", 1, "liuxf", "supervisor"),
    ("G013", "马桂兰", "cashier", "finance", 1, "magl", "cashier"),
    ("G014", "孙丽", "cashier", "finance", 1, "sunl", "cashier"),
    ("G015", "吴小红", "receptionist", "customer_service", 1, "wuxh", "front_desk"),
    ("G016", "赵建军", "order_supervisor", "order", 1, "zhaojj", "patrol"),
    ("G017", "郭长福", "order_officer", "order", 1, "", ""),
    ("G018", "田宝来", "repair_worker", "engineering", 1, "tianbl", "handler"),
    ("G019", "胡玉珍", "cleaner", "cleaning", 1, "", ""),
    ("G020", "曹德明", "gardener", "cleaning", 1, "", ""),
    ("G021", "林思琪", "estate_manager", "management", 2, "linsq", "manager"),
    ("G022", "高宇轩", "service_supervisor", "customer_service", 2, "gaoyx", "supervisor"),
    ("G023", "许欣怡", "cashier", "finance", 2, "xuxy", "cashier"),
    ("G024", "邓子涵", "receptionist", "customer_service", 2, "dengzh", "front_desk"),
    ("G025", "唐俊杰", "service_specialist", "customer_service", 2, "tangjj", "front_desk"),
    ("G026", "彭飞", "order_officer", "order", 2, "pengf", "patrol"),
    ("G027", "董海波", "repair_worker", "engineering", 2, "donghb", "handler"),
    ("G028", "袁爱华", "cleaner", "cleaning", 2, "", ""),
    ("G031", "梁振庆", "estate_manager", "management", 3, "liangzq", "manager"),
    ("G032", "谢雅琳", "fees_supervisor", "finance", 3, "xieyl", "supervisor"),
    ("G033", "苏敏", "cashier", "finance", 3, "sum", "cashier"),
    ("G034", "叶佳颖", "receptionist", "customer_service", 3, "yejy", "front_desk"),
    ("G035", "丁勇", "order_supervisor", "order", 3, "dingy", "patrol"),
    ("G036", "程立刚", "repair_worker", "engineering", 3, "chenglg", "handler"),
    ("G037", "魏光辉", "order_officer", "order", 3, "", ""),
    ("G038", "金凤", "cleaner", "cleaning", 3, "", ""),
)
"""The people of the company; the estate is the place in the order of :data:`db.jobs.demo_plan.ESTATES`, from 1."""
