// Prompts that the demo model answers well, one or two of each kind of text that it writes (model_shards/demo/README.md).
import type { Language } from "./i18n";

export const examples: Record<Language, readonly string[]> = {
  en: [
    "Tagline for Harbour, a note-taking app for nurses:",
    "Description of Mint Peak, a rain jacket for everyday cyclists:",
    "Recommendation for dog owners: Warm Robin, a headphone",
    "Q: How can I share a notebook with a colleague?\nA:",
    "Give me a product idea for teachers who want to leave school by four.",
  ],
  zh: [
    "给程序员的山丘保温杯写一句标语：",
    "给新手妈妈的小满加湿器写一段产品介绍：",
    "推荐一款适合考研学生的降噪耳机：",
    "顾客问：你们的扫地机器人能解决吗？我最怕宠物毛缠住刷子。客服答：",
    "给养猫的上班族想一个智能喂食器的产品点子：",
  ],
};
