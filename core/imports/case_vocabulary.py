"""Words by which a complaint names what it is about: for the proposal at registration and for imports (R-077)."""

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
