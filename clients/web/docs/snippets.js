// A request as curl, Python and JavaScript.

function upload(origin, path) {
  const isTranslation = path.endsWith("translations");
  const method = isTranslation ? "audio.translations" : "audio.transcriptions";
  // OpenAI's clients have word times for transcriptions only.
  const words = isTranslation ? "" : `        timestamp_granularities=["word", "segment"],\n`;
  const wordsJs = isTranslation ? "" : `  timestamp_granularities: ["word", "segment"],\n`;
  return {
    curl: `curl ${origin}${path} \\
  -F file=@speech.mp3 \\
  -F response_format=verbose_json \\
  -F 'timestamp_granularities[]=word' \\
  -F 'timestamp_granularities[]=segment'`,
    Python: `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="none")

with open("speech.mp3", "rb") as file:
    answer = client.${method}.create(
        model="whisper-1",
        file=file,
        response_format="verbose_json",
${words}    )

print(answer.text)
print(answer.model_extra["sentiment"])`,
    JavaScript: `import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "none" });

const answer = await client.${method}.create({
  model: "whisper-1",
  file: fs.createReadStream("speech.mp3"),
  response_format: "verbose_json",
${wordsJs}});

console.log(answer.text, answer.sentiment);`,
  };
}

function models(origin, path) {
  const one = path.includes("{");
  return {
    curl: `curl ${origin}${path.replace("{model}", "auto")}`,
    Python: `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="none")
print(client.models.${one ? 'retrieve("auto")' : "list().data"})`,
    JavaScript: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "none" });
console.log(await client.models.${one ? 'retrieve("auto")' : "list()"});`,
  };
}

function plain(origin, path, method, isJson) {
  const option = method === "get" ? "" : `-X ${method.toUpperCase()} `;
  const read = isJson ? ["json.load(answer)", "answer.json()"] : ["answer.read().decode()", "answer.text()"];
  return {
    curl: `curl ${option}${origin}${path}`,
    Python: `${isJson ? "import json\n" : ""}from urllib.request import Request, urlopen

request = Request("${origin}${path}", method="${method.toUpperCase()}")
with urlopen(request) as answer:
    print(${read[0]})`,
    JavaScript: `const answer = await fetch("${origin}${path}"${method === "get" ? "" : `, { method: "${method.toUpperCase()}" }`});
console.log(await ${read[1]});`,
  };
}

/** {curl, Python, JavaScript} of an operation. */
export function snippets(origin, path, method, operation) {
  if (path.startsWith("/v1/audio/")) return upload(origin, path);
  if (path.startsWith("/v1/models")) return models(origin, path);
  const content = operation.responses?.["200"]?.content ?? {};
  return plain(origin, path, method, "application/json" in content);
}
