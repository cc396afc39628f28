"""Passwords that guessers try first, as seen in China and elsewhere. All lower case.

Only entries of eight characters and more matter on their own; shorter words stand among the stems, to which
people add digits and signs ("admin888", "Woaini1314!").
"""

from typing import Final

_KEYBOARD = """
12345678 123456789 1234567890 0123456789 01234567 12345678910 123456789a 123456789q 123456789z 123456789abc 87654321
987654321 0987654321 9876543210 11223344 112233445566 11112222 12341234 12344321 123123123 123321123 123456123456
1234554321 123456654321 1234567a 12345678a 12345678q 123654789 147258369 159357456 147852369 789456123 741852963
963852741 321654987 13579246 135792468 1357924680 2468101214 246813579 31415926 314159265 3141592653 52013145
5201314520 1314520520 13145201314 520520520 5211314521 7758521521 77585210 88888888 888888888 66668888 88886666
16888888 168168168 18181818 19191919 12121212 13131313 10101010 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc
1qazxsw2 2wsx3edc q1w2e3r4 q1w2e3r4t5 qazwsxedc qazwsx123 zaq12wsx zaq1xsw2 qwer1234 qwert12345 qwerty12 qwerty123
qwerty1234 qwerty123456 qwertyui qwertyuiop qwertyuiop123 asdfghjk asdfghjkl asdfasdf asdf1234 asdfzxcv zxcvbnm1
zxcvbnm123 zxcvbnmasdfghjkl qweasdzxc qweasd123 qwe123456 qweqweqwe qwe123qwe asd123456 asd123asd zxc123456 zxc123zxc
1234qwer 123qweasd 123qweasdzxc 123qwe123 123qwe!@# 12qwaszx 1a2b3c4d a1b2c3d4 abcd1234 abcd12345 abcdefgh abcdefghi
abcdefg123 abcabcabc abc123456 abc123456789 abc12345 abc123abc aabbccdd a1234567 a12345678 a123456789 a1234567890
a123456a a123123123 aa123456 aa12345678 aa123456789 aaa123456 aaaa1111 as123456 asd12345 q1234567 q12345678 q123456789
qq123456 qq123456789 qq1234567 w123456789 w12345678 z1234567 z123456789 zz123456 zzz123456 z12345678 s123456789
x123456789 c123456789 l123456789 wang123456 li123456 zhang123 zhang123456 chen123456 liu123456 yang123456 wang1234
123456abc 123456aa 123456qq 123456asd 123456qwe 12345qwert 123456qwerty !@#$%^&* !@#$1234 1234!@#$ !qaz2wsx 1qaz@wsx
p@ssw0rd p@ssword passw0rd pa55word pass1234 password password1 password12 password123 passwordpassword
"""

_WORDS = """
woaini woaini520 woaini521 woaini1314 woaini5201314 wodemima mimamima woaiwojia woaizhongguo woaibeijing zhongguo
beijing2008 nihao123 nihaoma wobuzhidao 5201314a 5201314qq a5201314 aini1314 aini5201314 iloveyou iloveyou1
iloveyou520 iloveyouforever loveyou1314 love1314 love5201314 tianshi1 dearbook xiaoxiao xiaoming123 feixiang1
jiajiajia taobao123 weixin123 alibaba1 tencent1 huawei123 huawei@123 admin123 admin1234 admin12345 admin123456
admin888 admin@123 admin666 adminadmin administrator root1234 root123456 rootroot test1234 test123456 testtest
user1234 guest123 guestguest welcome1 welcome123 letmein1 letmein123 changeme changeme123 default1 qwerasdf superman
sunshine princess football baseball basketball computer internet whatever trustno1 starwars michael1 jordan23
dragon123 monkey123 master123 shadow123 freedom1 charlie1 jennifer michelle chocolate butterfly liverpool chelsea1
arsenal1 manchester juventus corvette mercedes samsung1 blink182 pokemon1 naruto123 minecraft fuckyou1 fuckyou123
asshole1 nihao123456 mima123456 mima1234
"""

_STEMS = """
password passw0rd p@ssw0rd p@ssword pass pwd mima wodemima woaini aini woaiwojia nihao zhongguo china beijing shanghai
qwerty qwer qwert qwe asdf asdfgh asd zxcv zxcvbnm zxc qaz wsx qazwsx abc abcd abcdef abcdefg aaa aa a q w z qq wx
admin administrator root test user guest demo temp system manager oracle mysql server default changeme welcome letmein
hello love iloveyou iloveu baby angel dragon monkey master shadow superman batman sunshine princess football baseball
computer internet company office huawei taobao alibaba weixin wechat tencent baidu iphone wang zhang chen yang zhao
huang zhou liu li xu sun zhu lin guo xiaoming laopo laogong baobao mama baba tiantian niuniu keke
"""

COMMON: Final[frozenset[str]] = frozenset(f"{_KEYBOARD} {_WORDS}".split())
STEMS: Final[frozenset[str]] = frozenset(_STEMS.split())
