// Look people up in a handover file of the Compliance Console (docs/suppression.md): digests(key, address) returns both
// digests under which an address may stand in it. The key is 32 bytes, decoded from base64.
import { createHash, createHmac } from "node:crypto";
import { domainToASCII } from "node:url";

const edge = "[\\s\\u200b\\u200c\\u200d\\u2060\\ufeff]+";
const trim = (text) => text.replace(new RegExp(`^${edge}|${edge}$`, "gu"), "");
const hmac = (key, kind, id) => createHmac("sha256", key).update(`v1|${kind}|${id}`).digest("hex");

export function digests(key, address) {
  const [local, domain] = trim(address).normalize("NFC").toLowerCase().normalize("NFC").split("@");
  const email = `${local}@${domainToASCII(domain)}`;
  const plain = createHash("sha256").update(email).digest("hex");
  return [hmac(key, "email", email), hmac(key, "email_sha256", plain)];
}
