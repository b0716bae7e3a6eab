-- A counter is updated all day long: room on its page keeps the updates heap-only (no index is written).
ALTER TABLE public.upload_daily_usage SET (fillfactor = 70);
