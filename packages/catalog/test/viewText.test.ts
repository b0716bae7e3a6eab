import { expect, test } from 'vitest';
import { unqualifySingleRelation } from '../src/read/viewText.ts';

test.each([
  [
    ' SELECT t.a,\n    t."b c"\n   FROM public.t\n  WHERE (t.a > 0)',
    ' SELECT a,\n    "b c"\n   FROM public.t\n  WHERE (a > 0)',
  ],
  [` SELECT u.a AS x, 't.a u.a'\n   FROM public.t u`, ` SELECT a AS x, 't.a u.a'\n   FROM public.t u`],
  [' SELECT "T x".a FROM public."T x" ORDER BY "T x".a', ' SELECT a FROM public."T x" ORDER BY a'],
])('the columns of a single relation lose their qualification: %j', (qualified, plain) => {
  expect(unqualifySingleRelation(qualified)).toBe(plain);
});

test.each([
  ' SELECT t.a FROM public.t, public.u',
  ' SELECT t.a FROM (public.t JOIN public.u ON ((t.a = u.a)))',
  ' SELECT t.a FROM public.t WHERE (EXISTS ( SELECT 1 FROM public.u WHERE (u.a = t.a)))',
  ' SELECT t.a FROM t.t',
  ' SELECT t.f(a) FROM public.t',
  ' SELECT t.* FROM public.t',
  ' SELECT g.g FROM generate_series(1, 2) g(g)',
])('the text stays as it is where a column may be of another relation: %j', (text) => {
  expect(unqualifySingleRelation(text)).toBe(text);
});
