import type { Migration } from './folder.ts';

/**
 * Eight files: plain DDL, data, an enum value that the next file uses, concurrent builds, a safe NOT NULL, batches that
 * commit by themselves, and statements that are not idempotent.
 */
export const sample: readonly Migration[] = [
  {
    tag: '0000_tables',
    sql: `create schema app;
create type app.mood as enum ('calm');--> statement-breakpoint
create table app.artists (id int primary key, name text not null);
create table app.songs (
  id int primary key,
  artist_id int references app.artists (id) on delete cascade,
  title text,
  mood app.mood
);`,
  },
  {
    tag: '0001_rows',
    sql: `insert into app.artists select i, 'artist ' || i from generate_series(1, 20) i;
insert into app.songs select i, 1 + i % 20, 'song ' || i, 'calm' from generate_series(1, 500) i;
create function app.touch() returns trigger language plpgsql as $body$
begin
  new.title := trim(new.title); --> statement-breakpoint inside a body is a comment like any other
  return new;
end;
$body$;
create trigger songs_touch before insert or update on app.songs for each row execute function app.touch();`,
  },
  { tag: '0002_enum', sql: `alter type app.mood add value 'wild';` },
  {
    tag: '0003_indexes',
    sql: `-- migrate: no-transaction
set search_path = app;
create unique index concurrently if not exists songs_title_key on songs (title);
--> statement-breakpoint
create index concurrently if not exists songs_artist_idx on songs (artist_id);
update songs set mood = 'wild' where id % 50 = 0;`,
  },
  {
    tag: '0004_not_null',
    sql: `-- migrate: no-transaction
alter table app.songs add column if not exists plays int default 0;
alter table app.songs drop constraint if exists songs_title_set, add constraint songs_title_set check (title is not null) not valid;
alter table app.songs validate constraint songs_title_set;
alter table app.songs alter column title set not null;
alter table app.songs drop constraint if exists songs_title_set;`,
  },
  {
    tag: '0005_views',
    sql: `create view app.wild as select * from app.songs where mood = 'wild';
alter table app.songs enable row level security;
create policy songs_all on app.songs using (true);
comment on table app.songs is 'it''s E''quoted'' /* not nested */';`,
  },
  {
    tag: '0006_batches',
    sql: `-- migrate: no-transaction
do $$
declare todo int;
begin
  loop
    update app.songs set plays = 1 where id in (select id from app.songs where plays = 0 limit 200);
    get diagnostics todo = row_count;
    exit when todo = 0;
    commit;
  end loop;
end $$;
drop index concurrently if exists app.songs_artist_idx;
create table app.audit (id int generated always as identity, what text);
insert into app.audit (what) values ('once');`,
  },
  { tag: '0007_last', sql: `insert into app.audit (what) select 'rows: ' || count(*) from app.wild;` },
];
