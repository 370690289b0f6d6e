// Runs the connector script as Apps Script would, one call a line: {"call": name, "args": [...]} in, an answer out.
//
// The script is loaded unmodified by gas-local. What it is given is strict: limits of Apps Script are errors here. The
// host https://puente.test stands for the service under test, whose address is the first argument.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import { createSyncFn } from 'synckit';

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const [service, folder] = process.argv.slice(2);
const send = createSyncFn(join(here, 'fetcher.mjs'), { timeout: 60000 });
const calls = [];
let broken = '';
const failing = [];
const slept = [];

class Store {
  constructor() { this.held = {}; }
  getProperty(name) { return name in this.held ? this.held[name] : null; }
  setProperty(name, value) {
    if (typeof value !== 'string') throw new Error(`property ${name} is no string`);
    if (value.length > 9 * 1024) throw new Error('Argument too large: value');
    this.held[name] = value;
    return this;
  }
  setProperties(all) { for (const [name, value] of Object.entries(all)) this.setProperty(name, value); return this; }
  deleteProperty(name) { delete this.held[name]; return this; }
}

const stores = { user: new Store(), script: new Store(), document: new Store() };
const UrlFetchApp = {
  fetch(url, options = {}) {
    const known = ['method', 'headers', 'muteHttpExceptions', 'followRedirects', 'contentType', 'payload'];
    for (const name of Object.keys(options)) {
      if (!known.includes(name)) throw new Error(`Unexpected option: ${name}`);
    }
    if (url.length > 2048) throw new Error('Limit Exceeded: URLFetch URL Length.');
    if ((options.payload || '').length > 50 * 1024 * 1024) throw new Error('Limit Exceeded: URLFetch POST Size.');
    if (broken) throw new Error(broken);
    if (failing.length) {
      const next = failing.shift();
      if (typeof next === 'string') throw new Error(next);
      calls.push({ url, status: next });
      return { getResponseCode: () => next, getContentText: () => '<html>', getHeaders: () => ({}), toString: () => '<html>' };
    }
    if (!url.startsWith('https://puente.test/')) throw new Error(`DNS error: ${url}`);
    const headers = { ...options.headers, 'accept-encoding': 'gzip' };
    if (options.payload !== undefined) headers['content-type'] = options.contentType || 'application/x-www-form-urlencoded';
    const answer = send(url.replace('https://puente.test', service), {
      method: (options.method || 'get').toUpperCase(), headers, body: options.payload
    });
    calls.push({ url, status: answer.status });
    if (answer.text.length > 50 * 1024 * 1024) throw new Error('Limit Exceeded: URLFetch response size.');
    if (answer.status >= 400 && !options.muteHttpExceptions) {
      throw new Error(`Request failed for ${url} returned code ${answer.status}.`);
    }
    return {
      getResponseCode: () => answer.status,
      getContentText: () => answer.text,
      getHeaders: () => answer.headers,
      toString: () => answer.text
    };
  }
};

class UserError {
  setText(text) { this.text = text; return this; }
  setDebugText(text) { this.debug = text; return this; }
  throwException() {
    const error = new Error(`DS_USER:${this.text}`);
    error.studio = { text: this.text, debug: this.debug || '' };
    throw error;
  }
}

const logged = [];
const globals = {
  UrlFetchApp,
  PropertiesService: {
    getUserProperties: () => stores.user,
    getScriptProperties: () => stores.script,
    getDocumentProperties: () => stores.document
  },
  Utilities: { getUuid: () => randomUUID(), sleep: milliseconds => slept.push(milliseconds) },
  DataStudioApp: { createCommunityConnector: () => ({ newUserError: () => new UserError() }) },
  console: { error: text => logged.push(String(text)), log: text => logged.push(String(text)) }
};
const script = require('gas-local').require(folder, globals, { filter: name => name.endsWith('.js') });
const studio = {
  failNext(answers) { failing.push(...answers); return null; },
  slept: () => slept.splice(0),
  breakNetwork(message) { broken = message; return null; },
  calls: () => calls.splice(0),
  logged: () => logged.splice(0),
  properties: name => ({ ...stores[name].held }),
  setScriptProperty(name, value) { stores.script.setProperty(name, value); return null; }
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, args } = JSON.parse(line);
  let answer;
  try {
    const target = call in studio ? studio[call] : script[call];
    if (typeof target !== 'function') throw new Error(`the script has no function ${call}`);
    const value = target(...args);
    answer = { value: value === undefined ? null : value };
  } catch (error) {
    answer = { error: String(error.message || error), studio: error.studio || null };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
