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
    ("G039", "郝志强", "repair_worker", "engineering", 1, "", ""),
    ("G019", "胡玉珍", "cleaner", "cleaning", 1, "", ""),
    ("G020", "曹德明", "gardener", "cleaning", 1, "", ""),
    ("G021", "林思琪", "estate_manager", "management", 2, "linsq", "manager"),
    ("G022", "高宇轩", "service_supervisor", "customer_service", 2, "gaoyx", "supervisor"),
    ("G023", "许欣怡", "cashier", "finance", 2, "xuxy", "cashier"),
    ("G024", "邓子涵", "receptionist", "customer_service", 2, "dengzh", "front_desk"),
    ("G025", "唐俊杰", "service_specialist", "customer_service", 2, "tangjj", "front_desk"),
    ("G026", "彭飞", "order_officer", "order", 2, "pengf", "patrol"),
    ("G027", "董海波", "repair_worker", "engineering", 2, "donghb", "handler"),
    ("G029", "尹建平", "repair_worker", "engineering", 2, "", ""),
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

# --- surveys ---

QUESTIONNAIRE_ZH: Final = "业主满意度调查问卷"
QUESTIONNAIRE_EN: Final = "Resident satisfaction survey"
INTRO_ZH: Final = "请用五分钟告诉我们您对物业服务的感受。您的回答只用于改进服务。"
INTRO_EN: Final = (
    "Please take five minutes to tell us how you find our service. Your answers only help us to improve it."
)
ROUND_NAME: Final = "{year}年第{quarter}季度业主满意度调查"
QUARTERS: Final = ("一", "二", "三", "四")
EVENT_ROUND_NAME: Final = "停水抢修后回访调查"
EVENT_REFERENCE: Final = "{year}年{month}月{day}日二次供水管道爆裂，全小区停水九小时"

REMARKS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    # topic: what people write, and the tags a person would give it (comma between)
    "bad_lift": (
        ("{building}号楼电梯三天两头停，老人孩子爬楼太难了，请尽快修好", "lift"),
        ("电梯又困人了，物业到现场太慢，希望彻底检修", "lift,speed"),
        ("{building}号楼电梯门关不严，运行有异响，坐着害怕", "lift,security"),
        ("早高峰只有一部电梯能用，等梯要十几分钟", "lift"),
        ("电梯报修好几次，修完没几天又坏，到底什么时候换配件", "lift,speed"),
        ("{building}号楼电梯停了两天，公告也没有贴", "lift,communication"),
    ),
    "lift_mended": (
        ("{building}号楼电梯修好以后平稳多了，谢谢物业", "lift,praise"),
        ("换了门机以后电梯没再坏过，希望保持下去", "lift,praise"),
        ("电梯现在好了，建议把保养记录贴在轿厢里", "lift"),
    ),
    "lift": (
        ("希望电梯保养记录能贴出来让大家放心", "lift"),
        ("晚高峰等梯时间太长，两部电梯应该联动", "lift"),
        ("轿厢灯有点暗，广告太多", "lift"),
    ),
    "parking": (
        ("晚上回来找不到车位，外来车辆要管一管", "parking"),
        ("地面停车占了消防通道，希望认真管理", "parking,security"),
        ("希望多装几个电动车充电桩", "parking"),
        ("僵尸车长期占着车位，请尽快清理", "parking"),
        ("道闸识别慢，早上出口排长队", "parking"),
        ("单元门口电瓶车乱停，推婴儿车都过不去", "parking"),
    ),
    "cleaning": (
        ("楼道垃圾清得不及时，夏天有异味", "cleaning"),
        ("一楼大厅地面经常有污渍，保洁次数太少", "cleaning"),
        ("垃圾投放点周围脏，苍蝇多", "cleaning"),
        ("楼梯扶手灰尘多，希望每周擦一次", "cleaning"),
        ("地下室有蟑螂，请安排消杀", "cleaning"),
    ),
    "greening": (
        ("草坪枯了一大片，树枝挡住低层的窗户", "greening"),
        ("花坛杂草多，希望及时修剪", "greening"),
        ("新栽的树死了几棵，没有补种", "greening"),
    ),
    "security": (
        ("门岗对外来人员登记不严", "security"),
        ("夜里巡逻少，希望加强", "security"),
        ("推销的能随便进来，门禁形同虚设", "security"),
        ("外卖电动车在人行道上骑得飞快，很危险", "security"),
    ),
    "noise": (
        ("楼上装修周末也不停，太吵", "noise"),
        ("广场舞音乐声大，希望协调一下时间", "noise"),
        ("遛狗不牵绳，夜里狗叫扰民", "noise"),
        ("午休时间还有人电钻打墙，请管一管", "noise"),
        ("楼道里堆杂物、放鞋柜，一直没人清", "security"),
    ),
    "facility": (
        ("单元门坏了很久没修，楼道灯也不亮", "facility,speed"),
        ("儿童滑梯破损，容易划伤孩子", "facility"),
        ("路灯有几盏不亮，晚上看不清路", "facility"),
        ("顶层渗水报修两年了还没解决", "facility,speed"),
        ("健身器材生锈松动，没人管", "facility"),
    ),
    "speed": (
        ("报修后等了三天才有人来", "speed"),
        ("打了两次电话没人处理，效率太低", "speed"),
        ("反映的问题迟迟没有结果", "speed,communication"),
        ("周末报修没人来，要等到周一", "speed"),
        ("水管漏水，约好上午来，下午才到", "speed"),
    ),
    "communication": (
        ("反映的问题没有人回复", "communication"),
        ("公告栏内容更新慢，老人又不看微信群", "communication"),
        ("有什么事希望提前通知，不要当天才贴公告", "communication"),
        ("打电话问事情，每个人说法不一样", "communication"),
        ("投诉以后没有下文，至少给个答复", "communication"),
    ),
    "attitude": (
        ("前台有时候不耐烦，希望态度好一点", "attitude"),
        ("门岗说话生硬，请注意礼貌", "attitude,security"),
    ),
    "fees": (
        ("账单上的公摊费看不懂，希望说明怎么算的", "fees,communication"),
        ("催费电话打得勤，反映的问题没人管", "fees,speed"),
        ("希望公示物业费的收支情况", "fees,communication"),
        ("收费标准应该贴在公告栏里", "fees"),
        ("同样的价钱，隔壁小区服务好得多", "fees"),
        ("发票要跑两趟才能拿到，能不能开电子的", "fees,speed"),
    ),
    "raised": (
        ("物业费涨了，服务没看到变化", "fees"),
        ("涨价以后应该把钱花在哪里讲清楚", "fees,communication"),
        ("退休金不高，物业费涨了有点吃力", "fees"),
    ),
    "water": (
        ("停水通知太晚，家里没来得及存水", "water_power,communication"),
        ("恢复供水后水很浑，应该提前告诉大家", "water_power,communication"),
        ("停水那天物业给楼上老人送水，很感动", "water_power,praise"),
        ("水管老化了，抢修一次不如彻底换掉", "water_power,facility"),
    ),
    "praise": (
        ("保洁阿姨很负责，楼道一直很干净", "praise,cleaning"),
        ("维修师傅上门快，活也干得细，谢谢", "praise,speed"),
        ("前台很热情，办事不用跑两趟", "praise,attitude"),
        ("门岗师傅帮老人提东西，很感谢", "praise,security"),
        ("这半年小区变化看得到，辛苦了", "praise"),
        ("深夜水管爆了，师傅二十分钟就到，点赞", "praise,speed"),
        ("管家小姑娘有耐心，老人有事都愿意找她", "praise,attitude"),
        ("总体不错，希望继续保持", "praise"),
    ),
    "other": (
        ("希望多组织一些邻里活动", "other"),
        ("建议增设快递柜", "other"),
        ("希望有一间老年活动室", "other"),
        ("希望门口早餐摊规范一点，方便又干净", "other"),
        ("建议装一些晾衣架和休息座椅", "facility"),
    ),
}

CALL_TRIED: Final = ("电话无人接听，改天再打", "住户在开会，约晚上再打", "电话关机")
CALL_BETTER: Final = (
    "已上门说明情况，住户表示理解",
    "维修完成后回访，住户认可处理结果",
    "电话回访，问题已经解决，住户满意",
    "已安排加密清扫，住户同意再看一段时间",
    "逐项说明了账单构成，住户没有其他疑问",
)
CALL_SAME: Final = ("住户认为问题还没有解决，已转工程部跟进", "住户意见较大，主管约了时间当面沟通")
CALL_VAIN: Final = ("三次拨打均无人接听，已发短信说明", "号码已停机，家中也无人应门")
CALL_NEEDLESS: Final = "住户说是勾错了，本来想选满意，无需回访"

EXTERNAL_CSI: Final = ("云州市物业行业评价中心", "年度住宅物业服务质量第三方测评，入户访问120户")
EXTERNAL_CERTIFICATE: Final = ("华衡认证有限公司", "质量管理体系认证（ISO 9001）监督审核通过")

# --- improvement measures ---

LIFT_MEASURE: Final = (
    "{building}号楼电梯反复停梯，业主对公共设施的评分明显偏低",
    "门机皮带老化、平层传感器误报；维保单位备件到货慢\n停梯后没有及时张贴公告，住户不知道何时恢复",
    "更换两部电梯的门机和平层传感器；与维保单位约定四小时到场\n停梯即在单元门和业主群公告原因与恢复时间",
)
LIFT_NOTES: Final = (
    "两部电梯门机已更换，夜间停梯施工",
    "平层传感器更换完毕，连续两周无故障",
    "维保单位已按四小时到场考核",
)
LIFT_CHECKED: Final = "施工结束，试运行一个月，等下一轮调查看效果"
LIFT_KEPT: Final = "有效做法写入电梯管理规程：四小时到场、停梯即公告"
LIFT_CLOSED: Final = "评分达到目标，投诉明显减少，按新规程执行，关闭本措施"
PARKING_MEASURE: Final = (
    "晚间车位紧张，外来车辆和僵尸车占位，住户投诉多",
    "道闸未区分访客与住户；长期停放的车辆没有清理办法",
    "重新登记住户车辆，访客限时两小时；公告后分批清理僵尸车；划出消防通道禁停线",
)
PARKING_NOTES: Final = ("住户车辆登记完成八成", "清理僵尸车十一辆，消防通道已划线")
PARKING_CHECKED: Final = "措施已落实，等本季度调查结果"
EXPLAINING_MEASURE: Final = (
    "住户看不懂账单和公摊费用，收费透明度评分低",
    "账单只有合计，没有列出计费面积和单价；公告栏没有收费标准",
    "账单背面附计费说明；公告栏和业主群公示收费标准与半年收支；前台备一页问答",
)
ARREARS_MEASURE: Final = (
    "{building}号楼收缴率长期低于其他楼栋",
    "屋面渗水多年未修，住户以此拒交；催费前没有先回应报修",
    "先完成屋面防水维修并逐户回访，再由主管上门沟通缴费",
)
ARREARS_NOTES: Final = ("屋面防水已完成三个单元", "雨水多，第四单元延期")
LIGHTS_MEASURE: Final = (
    "地下车库照明全天常亮，公共用电偏高",
    "老式灯具没有感应控制",
    "改装感应灯具",
)
LIGHTS_FIGURE: Final = ("地下车库月用电量", "千瓦时", "{year}年{month}月电表抄表记录")
LIGHTS_CANCELLED: Final = "业主委员会决定并入明年的整体节能改造，本措施取消"
SPEED_MEASURE: Final = (
    "报修响应慢，住户平均要等一天以上",
    "夜间和周末只有一名维修员；报修先电话后手工登记，容易遗漏",
    "周末增加一班；前台接到报修当场登记并约定上门时间",
)
SPEED_FIGURE: Final = ("报修平均响应时间", "小时", "前台报修登记本，{year}年{month}月全部报修单")
SPEED_NOTE: Final = "周末值班表已排好，从本周起执行"
SPEED_EFFECTS: Final = (("等待时间长", 9), ("重复报修", 7), ("漏单", 8))
SPEED_CAUSES: Final = (
    ("周末只有一名维修员", (9, 3, 3)),
    ("报修靠手工登记，交接时遗漏", (6, 5, 9)),
    ("常用配件没有备货", (7, 6, 0)),
    ("上门时间没有和住户约定", (3, 7, 1)),
    ("维修完成后没有回访", (0, 5, 2)),
)
LIFT_COMPLAINTS_MEASURE: Final = (
    "{building}号楼电梯投诉反复发生，同类投诉九十天内超过五件",
    "维保单位响应慢、配件依赖外采；停梯信息没有及时告知住户",
    "约谈并更换维保单位，常用配件驻场备货；停梯即公告并安排人员值守",
)
LIFT_COMPLAINTS_FIGURE: Final = ("{building}号楼每月电梯投诉", "件", "{year}年{month}月投诉台账")
LIFT_COMPLAINTS_NOTES: Final = ("新维保单位进场，门机和平层装置全部更换", "备件已驻场，近两周没有停梯")
LIFT_COMPLAINTS_CHECKED: Final = "改造完成，观察一个完整月份的投诉件数"
LIFT_COMPLAINTS_KEPT: Final = "驻场备件和停梯公告写入电梯管理规程"
LIFT_COMPLAINTS_CLOSED: Final = "连续一个月投诉不超过一件，达到目标，关闭"
