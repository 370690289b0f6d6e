// One HTTP request for a caller that blocks, as UrlFetchApp does.
import { runAsWorker } from 'synckit';

runAsWorker(async (url, { method, headers, body }) => {
  const answer = await fetch(url, { method, headers, body, redirect: 'manual' });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
});
