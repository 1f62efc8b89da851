"""Sentences for people at the terminal, in English and Japanese, by the code of what happened."""

import locale
import os
from typing import Final

ENGLISH: Final[dict[str, str]] = {
    "answer_ready": "An answer from {department} is ready (request {request}). Read it with: kura-capture inbox",
    "backup_done": "{exams} exams, {images} images backed up; receipts verified.",
    "backup_nothing": "Nothing new to back up.",
    "backup_opted_out": "{exams} exams stay here: their patients are opted out.",
    "backup_refused": "{exams} exams were refused by the portal; see: kura-capture list",
    "bad_disc": "{file} is no disc of a copy that Kura made ({problem}).",
    "bad_frame_source": "{source} gave no picture: is it connected, and a format this machine reads?",
    "bad_image": "{file} cannot be read as an image of a disc: it is damaged, or none.",
    "bad_receipt": "{file} is not a receipt: {problem}.",
    "bad_setting": "The settings file {file} cannot be used: {problem}.",
    "bad_sidecar": "{file} is not an exam description: {problem}.",
    "bad_time": "{value} is not a time; write it like 2026-11-23T14:05:00+09:00.",
    "busy": "Another backup of this home is running; it did not end in {seconds} s.",
    "bye": "Stopped.",
    "conflict": "The portal says that this cannot be done in the present state ({detail}).",
    "damaged": "{file}: the bytes are not what they were when they were filed.",
    "denied": "The portal does not allow this account to do that.",
    "disk": "A file or disk cannot be used: {problem}.",
    "error": "Something went wrong ({detail}).",
    "exam_filed": "Exam {exam} filed with {images} images.",
    "file_missing": "{file} is not there.",
    "home_exists": "{home} is already set up; nothing was changed.",
    "home_missing": "{home} is not set up yet. Run: kura-capture init --server URL --token TOKEN",
    "incomplete": "The portal still misses {count} images of exam {exam} after {tries} tries.",
    "init_done": "Ready in {home}; pinned {keys} receipt keys of {server}.",
    "invalid": "The portal did not take the input ({detail}).",
    "keys_unproved": "No pinned key vouches for {fingerprints}. If your provider confirms such a fingerprint: "
    "kura-capture init --update-keys --trust FINGERPRINT",
    "keys_updated": "Receipt keys renewed: {added} new, {kept} as before.",
    "mass_storage_away": "The mass storage {folder} is not there (its mark file is missing); nothing was written.",
    "media_failed": "{count} things on these discs are damaged or missing.",
    "media_left_out": "{count} images are not on this copy, and it says so: they were damaged at the provider.",
    "media_not_proved": "Checksums alone were compared: receipts need the first disc, and a passphrase if encrypted.",
    "media_not_whole": "{count} files are not whole and were not written: {names}",
    "media_opened": "{files} files written to {folder}.",
    "media_read": "{discs} of {of} discs read: {files} files, {exams} exams.",
    "need_patient": "{folder} does not say whose images these are: give --patient, or put an exam.json beside them.",
    "no_answers": "No answers are waiting.",
    "no_disc": "There is no disc of a copy in {path}, and no image (.iso) of one.",
    "no_exam": "There is no exam {exam}, here or in the area.",
    "no_images": "{path} holds no images.",
    "no_receipts": "There are no receipts yet.",
    "not_backed_up": "Exam {exam} is not backed up yet, so a request cannot name it. Run: kura-capture backup",
    "not_found": "The portal has nothing of that name.",
    "not_signed_in": "The portal does not know this token. Ask for a new one and set it in {file}.",
    "nothing_recorded": "The source ended without a frozen picture; no exam was filed.",
    "over_capacity": "The area is full: {left} bytes are left.",
    "passphrase_needed": "This copy is encrypted. Give its passphrase with --passphrase-file FILE.",
    "polling": "The event stream is silent (a proxy may hold it back); asking every {seconds} s instead.",
    "proxy_refused": "The proxy wants a name and password, or another one. Give --proxy http://NAME:PASSWORD@HOST:PORT.",
    "receipt_mismatch": "The receipt of exam {exam} lists other images than were sent; it was not accepted.",
    "receipt_signature": "The receipt of exam {exam} is not signed by a pinned key ({key}); it was not accepted. "
    "Ask your provider for its keys' fingerprints, then see: kura-capture init --update-keys",
    "restored": "{images} images restored to {folder}; every digest fits.",
    "restored_several": "{exams} exams, {images} images restored to {folder}; every digest and receipt fits.",
    "run_missing": "The portal misses {count} images of the finished run.",
    "sent": "Request {request} filed.",
    "several_copies": "These are discs of {count} copies. Open one copy at a time.",
    "still_filed": "Still {name} filed.",
    "stream": "Waiting for answers as they come; Ctrl-C ends it.",
    "too_large": "One thing is larger than the portal takes.",
    "unavailable": "{server} cannot be reached ({detail}). Nothing is lost; try again later.",
    "usage": "{problem}",
    "verify_failed": "{count} receipts do not hold.",
    "watching": "Watching {folder}.",
    "wrong_answer": "The portal answered with something else than was asked for ({detail}).",
    "wrong_passphrase": "This is not the passphrase of this copy.",
}

JAPANESE: Final[dict[str, str]] = {
    "answer_ready": "{department} から回答が届きました(依頼 {request})。読むには: kura-capture inbox",
    "backup_done": "{exams} 検査・{images} 画像をバックアップし、受領証を確認しました。",
    "backup_nothing": "新しくバックアップするものはありません。",
    "backup_opted_out": "{exams} 検査は、患者がバックアップの対象外のため、ここに留まります。",
    "backup_refused": "{exams} 検査をポータルが受け付けませんでした。確認: kura-capture list",
    "bad_disc": "{file} は Kura が作った複製のディスクではありません({problem})。",
    "bad_frame_source": "{source} から画像が得られません。接続と形式を確かめてください。",
    "bad_image": "{file} をディスクのイメージとして読めません。壊れているか、別のファイルです。",
    "bad_receipt": "{file} は受領証ではありません: {problem}",
    "bad_setting": "設定ファイル {file} が使えません: {problem}",
    "bad_sidecar": "{file} は検査の記述ではありません: {problem}",
    "bad_time": "{value} は時刻ではありません。例: 2026-11-23T14:05:00+09:00",
    "busy": "別のバックアップが動いており、{seconds} 秒待っても終わりませんでした。",
    "bye": "終了しました。",
    "conflict": "現在の状態ではできないとポータルが答えました({detail})。",
    "damaged": "{file}: 保存したときの内容と違います。",
    "denied": "このアカウントには許されていません。",
    "disk": "ファイルまたはディスクが使えません: {problem}",
    "error": "問題が起きました({detail})。",
    "exam_filed": "検査 {exam} を {images} 画像で保存しました。",
    "file_missing": "{file} がありません。",
    "home_exists": "{home} はすでに設定済みです。何も変えていません。",
    "home_missing": "{home} はまだ設定されていません。実行: kura-capture init --server URL --token TOKEN",
    "incomplete": "{tries} 回送っても、検査 {exam} の {count} 画像がポータルに届いていません。",
    "init_done": "{home} の用意ができました。{server} の受領証の鍵 {keys} 個を記憶しました。",
    "invalid": "入力をポータルが受け付けませんでした({detail})。",
    "keys_unproved": "記憶した鍵で確かめられない鍵があります: {fingerprints}。提供者がこの指紋を確認したら: "
    "kura-capture init --update-keys --trust 指紋",
    "keys_updated": "受領証の鍵を更新しました: 新規 {added}、従来 {kept}。",
    "mass_storage_away": "大容量記憶装置 {folder} が見えません(目印のファイルがありません)。何も書いていません。",
    "media_failed": "これらのディスクに、壊れているか足りないものが {count} 件あります。",
    "media_left_out": "{count} 画像は提供者側で壊れていたため入っていません(ディスクにも記載があります)。",
    "media_not_proved": "チェックサムのみ照合しました。受領証の照合には 1 枚目(暗号化されていれば鍵も)が要ります。",
    "media_not_whole": "{count} ファイルは完全ではないため書き出していません: {names}",
    "media_opened": "{files} ファイルを {folder} に書き出しました。",
    "media_read": "{of} 枚のうち {discs} 枚を読みました: {files} ファイル、{exams} 検査。",
    "need_patient": "{folder} がどの患者の画像か分かりません。--patient を付けるか、exam.json を置いてください。",
    "no_answers": "届いている回答はありません。",
    "no_disc": "{path} に複製のディスクもイメージ(.iso)もありません。",
    "no_exam": "検査 {exam} は、ここにも領域にもありません。",
    "no_images": "{path} に画像がありません。",
    "no_receipts": "受領証はまだありません。",
    "not_backed_up": "検査 {exam} はまだバックアップされていないので、依頼に付けられません。実行: kura-capture backup",
    "not_found": "ポータルにそのようなものはありません。",
    "not_signed_in": "ポータルがこのトークンを認めません。新しいものを {file} に設定してください。",
    "nothing_recorded": "静止画がないまま入力が終わりました。検査は保存していません。",
    "over_capacity": "領域がいっぱいです: 残り {left} バイト。",
    "passphrase_needed": "この複製は暗号化されています。--passphrase-file FILE でパスフレーズを与えてください。",
    "polling": "通知の流れが止まっています(プロキシが溜めている可能性)。{seconds} 秒ごとに問い合わせます。",
    "proxy_refused": "プロキシが認証を求めています。--proxy http://NAME:PASSWORD@HOST:PORT で指定してください。",
    "receipt_mismatch": "検査 {exam} の受領証が送った画像と一致しないため、受け取りませんでした。",
    "receipt_signature": "検査 {exam} の受領証の署名が記憶した鍵({key})と合わないため、受け取りませんでした。"
    "提供者に鍵の指紋を尋ねてから: kura-capture init --update-keys",
    "restored": "{images} 画像を {folder} に復元しました。内容はすべて一致します。",
    "restored_several": "{exams} 検査、{images} 画像を {folder} に復元しました。内容と受領証はすべて一致します。",
    "run_missing": "終えたバックアップのうち {count} 画像がポータルにありません。",
    "sent": "依頼 {request} を出しました。",
    "several_copies": "{count} 組の複製のディスクがあります。一組ずつ開いてください。",
    "still_filed": "静止画 {name} を保存しました。",
    "stream": "回答を待っています。Ctrl-C で終わります。",
    "too_large": "ポータルが受け付ける大きさを超えています。",
    "unavailable": "{server} につながりません({detail})。失われたものはありません。後でもう一度試してください。",
    "usage": "{problem}",
    "verify_failed": "{count} 通の受領証が確かめられません。",
    "watching": "{folder} を見張っています。",
    "wrong_answer": "ポータルの返事が想定と違います({detail})。",
    "wrong_passphrase": "この複製のパスフレーズではありません。",
}


def sentence(code: str, values: dict[str, object] | None = None) -> str:
    """The sentence for `code`, on one line; a value it lacks shows as a question mark."""
    catalogue = JAPANESE if language() == "ja" else ENGLISH
    text = catalogue.get(code, catalogue["error"])
    filled = text.format_map(_Values({"detail": code, **(values or {})}))
    return " ".join(filled.split())


class _Values(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def language() -> str:
    """Two letters, from KURA_CAPTURE_LANG, else the system's."""
    named = os.environ.get("KURA_CAPTURE_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    return (named or locale.getlocale()[0] or "en")[:2].lower()
