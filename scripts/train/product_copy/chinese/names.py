"""Names made up on the spot: brands, people and dates."""

import random

_FRONT = list(
    "青禾云山木石白小半南北初晚微拾知松竹月星麦谷橙柚栗桃梨杏茉苔溪泉岛野森林花草露霜雪晴暖慢轻简朴素好喜乐安宁清明亮阿一三七十百万千满团圆巷街檐窗灯炉灶瓦舟帆鹿鹤雀燕鲸兔猫"
)
_BACK = list(
    "禾木山川里间舍坊铺集社屋家园田野坡岭湾洲渡桥巷檐窗灯炉灶碗勺杯壶瓶罐盒匣袋笺册页簿格尺笔砚谱本账棠梅兰桂枝叶芽果豆粒穗麦谷星月云露霜雨风光晴日时刻分秒步鹿雀燕鲸鱼狸兔伴友童郎匠客"
)
_PAIR = (
    "小满 白露 春分 立夏 谷雨 惊蛰 大暑 霜降 半山 南塘 青石 东篱 临溪 长街 老巷 西窗 北门 前院 后山 竹下 松间 月半 日常 朝暮 晨昏 三餐 四时 一刻 半日 "
    "慢慢 刚好 不急 有数 省心 顺手 合拍 知足 回声 拾光 余味 见山 听雨 数星 望野 归田 近邻 老友 同桌 邻家 山月 海棠 橘子 蘑菇 松果 石榴 莲蓬 核桃 芝麻 豌豆 土豆 年糕 元宵 汤圆"
).split()
_TAIL = "里 记 社 屋 坊 家 说 集 铺 派 号 仓 站 格 季 君 匣 笺 本 局 场 园 堂 间 舍 台 帮 办 通 宝 度 方 客 派 侠 铃 盒".split()
_LATIN = ("mo", "li", "ka", "no", "su", "ya", "pi", "lo", "ta", "mi", "ru", "ne", "vo", "da", "ki", "fe", "zu", "ba")

SURNAMES = list(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = list(
    "禾岚宁舟晴川桐枫柏棠荞蔚嘉朗默砚怡玥航睿芸芝萍英梅兰娟秀霞燕强军伟勇刚建国庆春夏秋冬海波涛峰岩松林森鑫磊洋帆逸凡远志文武斌彬博辉明亮超凯旋瑞祥福贵顺平安康宏远达"
)
_CALLED = ["{}姐", "{}哥", "老{}", "小{}", "{}师傅", "{}阿姨", "{}叔", "{}老师", "{}总", "阿{}"]


def brand(rng: random.Random) -> str:
    """Mostly three characters, sometimes two or four, one in forty Latin."""
    draw = rng.random()
    if draw < 0.025:
        return "".join(rng.choice(_LATIN) for _ in range(rng.randint(2, 3))).capitalize()
    if draw < 0.15:
        return rng.choice(_FRONT) + rng.choice(_BACK)
    if draw < 0.5:
        return rng.choice(_PAIR) + rng.choice(_TAIL)
    if draw < 0.96:
        return rng.choice(_FRONT) + rng.choice(_BACK) + rng.choice(_TAIL)
    return rng.choice(_PAIR) + rng.choice(_FRONT) + rng.choice(_BACK)


def person(rng: random.Random) -> str:
    """“周姐”, “阿林” or a full name."""
    surname = rng.choice(SURNAMES)
    draw = rng.random()
    if draw < 0.5:
        return rng.choice(_CALLED).format(surname)
    return surname + rng.choice(["", "小", "晓", *_GIVEN]) + rng.choice(_GIVEN)


def date(rng: random.Random) -> str:
    return f"{rng.randint(1, 12)}月{rng.randint(1, 28)}" + rng.choice("日号")
