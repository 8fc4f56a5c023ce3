// Entry of the page: connects its parts.
import { languages as fetchLanguages } from "./shared/api.js";
import { setUpChorus } from "./shared/chorus.js";
import { byId } from "./shared/dom.js";
import { setUpModes } from "./shared/header.js";
import { withKey } from "./shared/key.js";
import { LanguageField, Languages } from "./shared/languages.js";
import { followStatus } from "./shared/status.js";
import { setUpTheme } from "./shared/theme.js";
import { KeptList } from "./kept/list.js";
import { setUpLive } from "./live/live.js";
import { setUpCommand } from "./upload/command.js";
import { Limits } from "./upload/limits.js";
import { Recordings } from "./upload/recordings.js";
import { setUpUpload } from "./upload/upload.js";

const languages = new Languages();
const limits = new Limits();
const languageField = new LanguageField(byId("language"), languages);
const opened = loadLanguages();
const recordings = new Recordings(languages, { options: chosenOptions, announce, opened, limits, onChange: () => keptLists.forEach((list) => list.show()) });
const keptActions = { onOpen: (entry) => recordings.open(entry), isOpen: (id) => recordings.isOpen(id) };
const keptLists = ["kept", "live-kept"].map((id) => new KeptList(byId(id), languages, keptActions));

async function loadLanguages() {
  try {
    languages.fill(await withKey(fetchLanguages));
    byId("language-count").textContent = languages.size;
    keptLists.forEach((list) => list.show());
  } catch {
    // Without the list, "automatic" is the only choice; the rest of the page works.
  }
  await limits.load();
  limits.show([byId("files"), byId("live-file")], byId("limits"), byId("formats"));
}

function chosenOptions() {
  return { language: languageField.value, translate: byId("translate").checked, split: byId("split").checked };
}

function announce(text) {
  byId("announcer").textContent = text;
}

setUpModes(byId("modes"), byId("heading"));
setUpTheme(byId("theme"));
setUpChorus(byId("chorus"));
setUpLive(languages, { announce, onRecording: (file) => recordings.add([file]) });
setUpUpload(byId("files"), byId("veil"), (files) => recordings.add(files));
setUpCommand(byId("curl"), byId("copy-curl"));
followStatus(byId("status"));
