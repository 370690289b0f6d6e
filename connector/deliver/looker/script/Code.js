/**
 * Puente for Looker Studio: a thin shell over a Puente service.
 *
 * Sign-in is by path and key: the address of the service and an API key. Questions, fields and rows
 * all come from the service, so a change there needs no new version of this script. Everything here is public: no
 * secret may ever stand in it.
 */

var TIMEOUT_MESSAGE = /timed? ?out|Timeout|Address unavailable|DNS error/;
var QUOTA_MESSAGE = /too many times for one day/;
var PASSING_MESSAGE = /Address unavailable|DNS error/;
var PASSING_STATUS = [502, 503, 504];
/** Seconds between tries of what may pass by itself. Every question only reads, so asking again is harmless. */
var WAITS = [1, 2, 4];
/** Seconds after which nothing is tried again; Apps Script ends a run after six minutes. */
var PATIENCE = 90;

/**
 * Replace helpUrl when you deploy the script, with the addresses of the manifest.
 * @returns {{type: string, helpUrl: string}}
 */
function getAuthType() {
  return { type: 'PATH_KEY', helpUrl: 'https://github.com/puente-reports/puente#looker-studio' };
}

/**
 * Keeps the address and the key when the service accepts them.
 * @param {Object} request
 * @returns {{errorCode: string}}
 */
function setCredentials(request) {
  var given = request.pathKey || request.userPass || request;
  var path = serviceAddress_(given.path);
  var key = String(given.key || given.password || '').trim();
  if (!path || !key || fetch_(path, key, 'get', '/v1/looker/auth').status !== 200) {
    return { errorCode: 'INVALID_CREDENTIALS' };
  }
  PropertiesService.getUserProperties().setProperties({ 'dscc.path': path, 'dscc.key': key });
  return { errorCode: 'NONE' };
}

/** @returns {boolean} whether the kept key still opens its workspace. */
function isAuthValid() {
  var kept = credentials_();
  if (!kept.path || !kept.key) {
    return false;
  }
  var answer = fetch_(kept.path, kept.key, 'get', '/v1/looker/auth');
  return answer.status !== 401; // a service that is down has not rejected the key
}

/** Forgets the address and the key. */
function resetAuth() {
  var properties = PropertiesService.getUserProperties();
  properties.deleteProperty('dscc.path');
  properties.deleteProperty('dscc.key');
}

/**
 * Whether this person sees technical details of errors. With the owner's credentials every viewer acts as the owner,
 * so this is switched on in the script's properties (puente.debug = true), not by who asks.
 * @returns {boolean}
 */
function isAdminUser() {
  return PropertiesService.getScriptProperties().getProperty('puente.debug') === 'true';
}

/**
 * @param {Object} request
 * @returns {Object}
 */
function getConfig(request) {
  var asked = request || {};
  return ask_('/v1/looker/config', {
    languageCode: asked.languageCode || '',
    configParams: asked.configParams || null
  });
}

/**
 * @param {Object} request
 * @returns {Object}
 */
function getSchema(request) {
  return ask_('/v1/looker/schema', { configParams: request.configParams || null });
}

/**
 * @param {Object} request
 * @returns {Object}
 */
function getData(request) {
  return ask_('/v1/looker/data', {
    configParams: request.configParams || null,
    scriptParams: request.scriptParams || null,
    dateRange: request.dateRange || null,
    fields: request.fields,
    dimensionsFilters: request.dimensionsFilters || null
  });
}

/**
 * The address of a service as it is kept: https, without a slash at its end; empty for anything else.
 * @param {string} text
 * @returns {string}
 */
function serviceAddress_(text) {
  var found = /^https:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._~\/-]*)?$/.exec(String(text || '').trim());
  return found ? found[0].replace(/\/+$/, '') : '';
}

/** @returns {{path: string, key: string}} */
function credentials_() {
  var properties = PropertiesService.getUserProperties();
  return { path: properties.getProperty('dscc.path') || '', key: properties.getProperty('dscc.key') || '' };
}

/**
 * Asks the service; what goes wrong becomes an error that says what to do.
 * @param {string} path
 * @param {Object} body
 * @returns {Object}
 */
function ask_(path, body) {
  var kept = credentials_();
  var begun = Date.now();
  var answer = fetch_(kept.path, kept.key, 'post', path, body);
  for (var turn = 0; turn < WAITS.length && mayPass_(answer) && Date.now() - begun < PATIENCE * 1000; turn++) {
    Utilities.sleep(WAITS[turn] * 1000);
    answer = fetch_(kept.path, kept.key, 'post', path, body);
  }
  if (answer.status === 200 && answer.body) {
    return answer.body;
  }
  throw fail_(answer);
}

/**
 * @param {{status: number, text: string}} answer
 * @returns {boolean} whether the same question may be answered a moment later.
 */
function mayPass_(answer) {
  return answer.status === 0 ? PASSING_MESSAGE.test(answer.text) : PASSING_STATUS.indexOf(answer.status) >= 0;
}

/**
 * One request. Never throws: what the network did is in the answer's text.
 * @param {string} address
 * @param {string} key
 * @param {string} method
 * @param {string} path
 * @param {Object=} body
 * @returns {{status: number, body: Object, text: string}}
 */
function fetch_(address, key, method, path, body) {
  var options = {
    method: method,
    headers: { Authorization: 'Bearer ' + key, Accept: 'application/json' },
    muteHttpExceptions: true,
    followRedirects: false
  };
  if (body) {
    options.contentType = 'application/json';
    options.payload = JSON.stringify(body);
  }
  try {
    var response = UrlFetchApp.fetch(address + path, /** @type {any} */ (options));
    return { status: response.getResponseCode(), body: parsed_(response.getContentText()), text: '' };
  } catch (error) {
    return { status: 0, body: null, text: String((error && error.message) || error) };
  }
}

/**
 * @param {string} text
 * @returns {Object} the JSON of a text; null where it is none.
 */
function parsed_(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

/**
 * Tells the person what to do, and whoever runs the service how to find the request in its log.
 * @param {{status: number, body: Object, text: string}} answer
 * @returns {Error} never: the error is thrown inside Looker Studio's own service.
 */
function fail_(answer) {
  var problem = answer.body || {};
  var execution = Utilities.getUuid();
  var text = problem.sentence
    ? [problem.sentence, problem.remedy].filter(Boolean).join(' ')
    : trouble_(answer);
  var details = [
    'status ' + answer.status, problem.code || '', problem.place || '', answer.text,
    'request ' + (problem.request_id || '-'), 'execution ' + execution, new Date().toISOString()
  ].filter(Boolean).join(' · ');
  console.error(details);
  var error = DataStudioApp.createCommunityConnector().newUserError();
  error.setText(text + ' (' + execution.slice(0, 8) + ')').setDebugText(details).throwException();
  return new Error(text);
}

/**
 * @param {{status: number, text: string}} answer
 * @returns {string}
 */
function trouble_(answer) {
  if (QUOTA_MESSAGE.test(answer.text)) {
    return 'Google allows this account no more requests today. Charts answer again tomorrow; fewer refreshes help.';
  }
  if (answer.status === 0 && TIMEOUT_MESSAGE.test(answer.text)) {
    return 'The Puente service cannot be reached. Check that it is running and that its address is right, then refresh.';
  }
  if (answer.status === 0) {
    return 'The Puente service could not be asked. Refresh; if it goes on, edit the data source and sign in again.';
  }
  return 'The Puente service answered with status ' + answer.status + '. Check the address of the service.';
}
