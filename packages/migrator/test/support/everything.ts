import { createTemplate } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import { client } from './database.ts';

/** Migrations that create an object of each kind, rename some and drop some. */
export const everything = [
  {
    tag: '0000_all',
    sql: `create schema s; create extension if not exists plpgsql; create type s.mood as enum ('a'); create domain s.word as text;
create type s.pair as (a int, b int); create sequence s.numbers;
create table s.t (a int primary key, b text constraint t_b_check check (b <> ''), c int, constraint t_a_check check (a > 0));
create table s.gone (x int); create index gone_x on s.gone (x);
create index t_b on s.t (b); create view s.v as select a from s.t; create materialized view s.m as select a from s.t;
create function s.f(a int, b text, out c int) language sql as 'select 1'; create procedure s.p() language sql as '';
create function s.trig() returns trigger language plpgsql as 'begin return new; end';
create trigger t_trig before insert on s.t for each row execute function s.trig();
alter table s.t enable row level security; create policy t_all on s.t using (true); create temp table scratch ();`,
  },
  {
    tag: '0001_changes',
    sql: `drop table s.gone; alter table s.t rename to t2; alter table s.t2 rename column c to d; alter table s.t2 add column e int;
alter table s.t2 drop column e; alter table s.t2 add constraint t_d_check check (d > 0); alter table s.t2 rename constraint t_a_check to t_first;
alter index s.t_b rename to t_second; drop function s.f(int, text); create function s.f(a int) returns int language sql as 'select 1';
create unique index u on s.t2 (d); alter table s.t2 add constraint t_d_key unique using index u;`,
  },
];

/** Name of the template database. */
export const grown = 'grown';

/** Creates the template: a database with the objects of the files and without a ledger. */
export async function makeGrown(): Promise<void> {
  await createTemplate(injectServer('plain'), grown, async (url) => {
    const sql = client(url);
    for (const file of everything) await sql.unsafe(file.sql);
    await sql.end();
  });
}
