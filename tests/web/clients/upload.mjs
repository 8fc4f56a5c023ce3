// Calls every part of the API that OpenAI's client for Node.js has, and prints the answers as JSON.
// node upload.mjs URL FILE
import fs from "node:fs";
import OpenAI from "openai";

const [baseURL, path] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
const model = "whisper-1";
const file = () => fs.createReadStream(path);
const transcribe = (options) => client.audio.transcriptions.create({ file: file(), model, ...options });

const json = await transcribe({ language: "de", prompt: "", include: ["logprobs"] });
const text = await transcribe({ response_format: "text" });
const verbose = await transcribe({ response_format: "verbose_json", timestamp_granularities: ["word", "segment"] });
const diarized = await transcribe({ model: "gpt-4o-transcribe-diarize", response_format: "diarized_json", chunking_strategy: "auto", known_speaker_names: ["Ada"], known_speaker_references: ["data:audio/wav;base64,UklGRg=="] });
const detection = await transcribe({ chunking_strategy: { type: "server_vad", threshold: 0.7 } });
const streamed = [];
for await (const event of await transcribe({ stream: true })) streamed.push(event);
const translation = await client.audio.translations.create({ file: file(), model });
const models = [];
for await (const each of await client.models.list()) models.push(each.id);
const one = await client.models.retrieve("auto");
const refused = await transcribe({ model: "parakeet" }).catch(({ name, status, code, param, requestID }) => ({ name, status, code, param, requestID }));

console.log(JSON.stringify({ json, text, verbose, diarized, detection, streamed, translation, models, one, refused }));
