// Prompts that the demo model answers well, one or two of each kind of text that it writes (model_shards/demo/README.md).
import type { Language } from "./i18n";

export const examples: Record<Language, readonly string[]> = {
  en: [
    "Slogan for Harbour, a tidy note-taking app for nurses:",
    "Description of Mint Peak, a rain jacket for everyday cyclists:",
    "Recommend Warm Robin, a headphone with a light band, to translators:",
    "A question on Silver Finch, the laundry service: Do you know a good way to book a pick-up?",
    "Find a product idea for teachers who want to leave school by four.",
  ],
  zh: [
    "给程序员的山月笺保温杯写一句标语：",
    "给新手妈妈的橙梅加湿器写一段产品介绍，写上恒湿感应：",
    "推荐一款适合考研学生的背单词App，要有遗忘曲线：",
    "客户问：我担心一开就吵，你们的晨昏场空气炸锅的静音风道管用吗？客服答：",
    "用遗忘曲线解决“背了就忘”，给备考的大学生想一款单词小程序：",
  ],
};
