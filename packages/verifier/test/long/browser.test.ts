/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { renderHtml, renderHtmlError } from '../../src/report/html/page.ts';
import { exampleReport, OPEN_GRANT } from '../support/exampleReport.ts';
import { hostileReport } from '../support/hostileReport.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly html?: string;
}

describe.skipIf(!existsSync(CHROMIUM))(`the page in Chromium (skipped where there is no ${CHROMIUM})`, () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-page-'));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  /** Opens the page from a file. `events` are its requests, console messages and errors. */
  async function openPage({ colorScheme = 'light', width = 1280, html }: PageOptions = {}) {
    const file = join(folder, 'report.html');
    await writeFile(file, html ?? renderHtml(hostileReport(), new Date(0)));
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const events: string[] = [];
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href && !request.url().startsWith('data:')) events.push(request.url());
    });
    page.on('console', (message) => events.push(message.text()));
    page.on('pageerror', (error) => events.push(error.message));
    await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
    return { page, events };
  }

  test('the page sends no request, runs no script and raises no error', async () => {
    const { page, events } = await openPage();
    await page
      .locator('details')
      .first()
      .evaluate((details) => details.setAttribute('open', ''));
    expect(events).toEqual([]);
    expect(await page.locator('script, img, iframe, object, embed').count()).toBe(0);
    expect(await page.title()).toContain('<script src=');
  });

  test.each([360, 390, 768, 1280])('no content is wider than a screen of %i px', async (width) => {
    const reports = [hostileReport(), exampleReport()].map((report) => renderHtml(report, new Date(0)));
    for (const html of [...reports, renderHtmlError('long'.repeat(200))]) {
      const { page } = await openPage({ width, html });
      await openFolds(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    }
  });

  test.each([390, 1280])(
    'the first screen at %i px shows the headline and the whole card of the most severe finding',
    async (width) => {
      const { page } = await openPage({ width, html: renderHtml(exampleReport(), new Date(0)) });
      expect(await page.locator('h1').textContent()).toContain('7 of 73 checks failed');
      const finding = page.locator('.finding').first();
      expect(await finding.locator('h3').textContent()).toContain('grant on table public.orders to anon');
      const box = await finding.boundingBox();
      expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThan(800);
    },
  );

  test('no text on a phone is less than 12 px high, in drawings too', async () => {
    const { page } = await openPage({ width: 390, html: renderHtml(exampleReport(), new Date(0)) });
    await openFolds(page);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('body *')]
        .filter(
          (it) =>
            it.checkVisibility() && [...it.childNodes].some((node) => node.nodeType === 3 && node.nodeValue?.trim()),
        )
        .map((it) => {
          const svg = it.closest('svg');
          const scale = svg === null ? 1 : svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          return { text: it.textContent, height: Number.parseFloat(getComputedStyle(it).fontSize) * scale };
        })
        .filter(({ height }) => height < 12),
    );
    expect(small).toEqual([]);
  });

  test('the diagram of the tables fits a screen of 1,280 px without scrolling', async () => {
    const { page } = await openPage({ html: renderHtml(exampleReport(), new Date(0)) });
    const widths = await page.locator('.wide:has(.er)').evaluate((box) => ({
      seen: box.clientWidth,
      all: box.scrollWidth,
      drawing: box.firstElementChild?.clientWidth,
    }));
    expect(widths.all).toBe(widths.seen);
    expect(widths.drawing).toBeGreaterThan(300);
  });

  test('one click selects the SQL of a fix and nothing else', async () => {
    const { page } = await openPage({ html: renderHtml(exampleReport(), new Date(0)) });
    await page.locator('.sql').first().click();
    expect(await page.evaluate(() => getSelection()?.toString().trim())).toBe(
      OPEN_GRANT.status === 'failed' && OPEN_GRANT.fixSql,
    );
  });

  test('a link to a check in closed details opens the details', async () => {
    const { page } = await openPage({ html: renderHtml(exampleReport(), new Date(0)) });
    const member = page.locator('li[id^=finding-]').first();
    await member.evaluate((item) => item.closest('details')?.removeAttribute('open'));
    await page.goto(`${page.url()}#${await member.getAttribute('id')}`);
    expect(await member.isVisible()).toBe(true);
  });

  test('the keyboard reaches every link, fold and scrolling box, and the focus is visible', async () => {
    const { page } = await openPage();
    const reached = new Set<string>();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('To the report');
    for (let presses = 0; presses < 200 && reached.size < (await focusable(page)); presses += 1) {
      reached.add(await page.evaluate(nameOfFocused));
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
      expect(outline).toBe('solid');
      await page.keyboard.press('Tab');
    }
    expect(reached.size).toBe(await focusable(page));
    const fold = page.locator('details:not([open]) > summary').first();
    const open = await page.locator('details[open]').count();
    await fold.press('Enter');
    expect(await page.locator('details[open]').count()).toBe(open + 1);
    await page.locator('nav a[href="#race"]').press('Enter');
    expect(new URL(page.url()).hash).toBe('#race');
  });

  test('the page has landmarks, one h1, and a scope on every table header', async () => {
    const { page } = await openPage();
    for (const landmark of ['header', 'nav[aria-label]', 'main', 'h1'])
      expect(await page.locator(landmark).count()).toBe(1);
    expect(await page.locator('th:not([scope])').count()).toBe(0);
    expect(await page.locator('svg:not([role="img"][aria-label])').count()).toBe(0);
    const unnamed = await page
      .locator('section')
      .evaluateAll(
        (all) => all.filter((it) => document.getElementById(it.getAttribute('aria-labelledby') ?? '') === null).length,
      );
    expect(unnamed).toBe(0);
  });

  test.each(['light', 'dark'] as const)(
    'every text has a contrast of at least 4.5 to 1 in %s mode',
    async (colorScheme) => {
      const { page } = await openPage({ colorScheme });
      await openFolds(page);
      const texts = await page.evaluate(contrasts);
      expect(texts.length).toBeGreaterThan(50);
      expect(texts.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(background).toBe(colorScheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(18, 21, 26)');
    },
  );
});

function openFolds(page: Page): Promise<void> {
  return page.locator('details').evaluateAll((all) => {
    for (const details of all) details.setAttribute('open', '');
  });
}

const FOCUSABLE = 'a[href], summary, [tabindex="0"]';

/** How many elements can have the focus. Elements in closed details cannot. */
function focusable(page: Page): Promise<number> {
  return page.locator(FOCUSABLE).evaluateAll((all) => all.filter((it) => it.checkVisibility()).length);
}

function nameOfFocused(): string {
  const all = [...document.querySelectorAll('a[href], summary, [tabindex="0"]')];
  return String(all.indexOf(document.activeElement as Element));
}

/** Runs in the page. The contrast of every element's own text with its background (WCAG 2.2, 1.4.3). */
function contrasts(): { text: string; ratio: number }[] {
  const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element: Element | null): string => {
    if (element === null) return 'rgb(255, 255, 255)';
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? behind(element.parentElement) : color;
  };
  const hasText = (element: Element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim() !== '');
  const shown = [...document.querySelectorAll('body *')].filter(
    (it) => it.closest('svg') === null && hasText(it) && it.checkVisibility(),
  );
  return shown.map((element) => {
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return { text: `${element.className} ${element.textContent?.slice(0, 40)}`, ratio: Math.round(ratio * 100) / 100 };
  });
}
