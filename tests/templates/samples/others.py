"""Sample context of the demo's door, the patient's page and the error pages."""

from tests.templates.samples.admin import EXAMPLES, TRIAL
from tests.templates.samples.ground import NURSE, PATIENT, Page, ago

CAST = [
    {"login": "f001-nurse", "name": "佐藤 由美", "role": "staff", "place": "第一クリニック", "words": "緑色の帯の答えが届いている。受け取ってみる。", "url": "/facility/inbox"},
    {"login": "repair1", "name": "Mori Ken", "role": "department", "place": "修理", "words": "順番を待つ依頼を一つ取り、答える。", "url": "/department/queue"},
    {"login": "analyst1", "name": "Ueda Rin", "role": "analyst", "place": "Example Endoscopy Service", "words": "「緑色の帯」で3つの施設を見つける。", "url": "/analyst/search"},
    {"login": "f001-admin", "name": "高橋 恵", "role": "facility-admin", "place": "第一クリニック", "words": "誰が領域を見たかを読む。", "url": "/facility/access-log"},
]  # fmt: skip
STORY = [
    {
        "words": "検査1件を撮影",
        "seconds": 2.1,
        "url": "/e",
        "name": "recorded",
        "who": "f001-nurse",
        "seer": "佐藤 由美",
    },
    {"words": "2回切れて再開、受領証", "seconds": 4.8, "url": "", "name": "verified", "who": "", "seer": ""},
    {"words": "2部署へ依頼", "seconds": 0.9, "url": "/r", "name": "routed", "who": "repair1", "seer": "Mori Ken"},
]
STATUSES = {
    400: "要求を読み取れませんでした。もう一度お試しください。",
    403: "あなたの役割では使えません。",
    404: "お探しのものはここにないか、閲覧できないものです。",
    409: "すでにMori Kenが対応しています。",
    413: "大きすぎます。短くするか、分けてください。",
    422: "必須の項目です。",
    429: "何度も続けて操作されました。少し待ってからもう一度お試しください。",
    500: "こちらの不具合です。何も変更していません。もう一度お試しください。",
    503: "今はデータベースにつながりません。何も変更していません。もう一度お試しください。",
    507: "空き容量が足りません(残り 12 MB)。",
}

PAGES = (
    Page("demo", "demo/demo.html", None, {"people": CAST, "story": STORY, "counted": {"acknowledged": 412, "lost": 0, "doubled": 0}, "trial": TRIAL, "examples": EXAMPLES}),
    Page("demo-first", "demo/demo.html", None, {"people": CAST, "story": [], "counted": None, "trial": None, "examples": EXAMPLES}),
    Page("patient-home", "patient/home.html", PATIENT, {"charts": []}),
    Page("patient-home-chart", "patient/home.html", PATIENT, {"charts": [{"title": "胃カメラの結果", "url": "/c", "at": ago(days=3)}]}),
    *(Page(f"error-{status}", "errors/error.html", NURSE if status != 403 else None, {"status": status, "sentence": said}) for status, said in STATUSES.items()),
    Page("offline", "errors/offline.html"),
)  # fmt: skip
