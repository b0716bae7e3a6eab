import type { Sql } from 'postgres';

/**
 * What the command and the profile call of Citus, on one plain server: every call is recorded, and what Citus 13.2 was seen to
 * refuse or to do without a word is done here too. It moves no row: what happens on shards is tested on a real cluster alone
 * (CITUS_URL).
 */
const STAND_IN = `
  SET allow_system_table_mods = on;
  INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
  VALUES (99999, 'citus', 10, 11, false, '13.2-1');

  CREATE TABLE pg_catalog.pg_dist_local_group (groupid int);
  INSERT INTO pg_dist_local_group VALUES (0);
  CREATE TABLE pg_catalog.pg_dist_node (groupid int, nodename text, nodeport int, isactive bool DEFAULT true, noderole text DEFAULT 'primary');
  CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod "char", partkey text, colocationid int);
  CREATE TABLE pg_catalog.pg_dist_object (classid oid, objid oid, distribution_argument_index int);

  CREATE SCHEMA stand_in;
  GRANT USAGE ON SCHEMA stand_in TO PUBLIC;
  CREATE TABLE stand_in.calls (number int GENERATED ALWAYS AS IDENTITY, call text);
  CREATE TABLE stand_in.open_to_public (nodeport int, object text);
  CREATE TABLE stand_in.answers (nodeport int, success bool, result text);
  GRANT SELECT ON ALL TABLES IN SCHEMA stand_in TO PUBLIC;
  GRANT SELECT ON pg_dist_node, pg_dist_partition, pg_dist_object, pg_dist_local_group TO PUBLIC;

  CREATE FUNCTION pg_catalog.column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2';

  CREATE FUNCTION pg_catalog.citus_add_node(nodename text, nodeport int) RETURNS int LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN
    INSERT INTO pg_dist_node (groupid, nodename, nodeport) VALUES (nodeport, nodename, nodeport);
    INSERT INTO stand_in.open_to_public SELECT nodeport, replace(objid::regprocedure::text, ', ', ',') FROM pg_dist_object;
    RETURN nodeport;
  END $$;

  CREATE FUNCTION stand_in.refuse_keys(of regclass, distributed text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    IF EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = of AND i.indisunique AND NOT EXISTS (
                 SELECT FROM pg_attribute AS a WHERE a.attrelid = of AND a.attname = distributed AND a.attnum = ANY (i.indkey))) THEN
      RAISE EXCEPTION 'cannot create constraint on %', of USING ERRCODE = '0A000';
    END IF;
    IF EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = of AND pg_get_expr(p.polqual, of) ~ ' SELECT ') THEN
      RAISE EXCEPTION 'unsupported expression in policy of %', of USING ERRCODE = '0A000';
    END IF;
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = of AND NOT tgisinternal)
       AND current_setting('citus.enable_unsafe_triggers', true) IS DISTINCT FROM 'on' THEN
      RAISE EXCEPTION 'triggers are not supported on distributed tables' USING ERRCODE = '0A000';
    END IF;
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = of AND contype = 'f'
                  AND confrelid NOT IN (SELECT logicalrelid FROM pg_dist_partition)) THEN
      RAISE EXCEPTION 'a foreign key of % leads to a plain table', of USING ERRCODE = '42P16';
    END IF;
  END $$;

  CREATE FUNCTION pg_catalog.create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO stand_in.calls (call) VALUES (format('create_reference_table(%s)', table_name));
    -- Tables that refer to it are made anew, and functions that return their rows go with the old ones.
    IF EXISTS (SELECT FROM pg_constraint WHERE confrelid = table_name AND contype = 'f') THEN
      DROP FUNCTION public.create_upload(uuid, text, text, bigint, text, bigint, uuid) CASCADE;
    END IF;
    INSERT INTO pg_dist_partition VALUES (table_name, 'n', NULL, 2);
  END $$;

  CREATE FUNCTION pg_catalog.create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default',
    shard_count int DEFAULT NULL
  ) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO stand_in.calls (call)
    VALUES (format('create_distributed_table(%s, %s, %s)', table_name, distribution_column, colocate_with));
    PERFORM stand_in.refuse_keys(table_name, distribution_column);
    INSERT INTO pg_dist_partition VALUES (table_name, 'h', distribution_column, 1);
  END $$;

  CREATE FUNCTION pg_catalog.create_distributed_function(
    function_name regprocedure, distribution_arg_name text DEFAULT NULL, colocate_with text DEFAULT 'default'
  ) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN
    INSERT INTO stand_in.calls (call)
    VALUES (format('create_distributed_function(%s, %s, %s)', (SELECT proname FROM pg_proc WHERE oid = function_name),
                   distribution_arg_name, colocate_with));
    DELETE FROM pg_dist_object WHERE objid = function_name;
    INSERT INTO pg_dist_object VALUES ('pg_proc'::regclass, function_name, CASE WHEN distribution_arg_name IS NOT NULL THEN 0 END);
    INSERT INTO stand_in.open_to_public
    SELECT nodeport, replace(function_name::text, ', ', ',') FROM pg_dist_node WHERE groupid <> 0;
  END $$;

  CREATE FUNCTION pg_catalog.run_command_on_workers(command text)
  RETURNS TABLE (nodename text, nodeport int, success bool, result text) LANGUAGE plpgsql AS $$
  #variable_conflict use_column
  DECLARE
    node record;
    opened text;
  BEGIN
    FOR node IN SELECT * FROM pg_dist_node WHERE groupid <> 0 AND isactive LOOP
      nodename := node.nodename;
      nodeport := node.nodeport;
      SELECT a.success, a.result INTO success, result FROM stand_in.answers AS a WHERE a.nodeport = node.nodeport;
      IF NOT FOUND THEN
        success := true;
        EXECUTE command INTO result;
        IF result LIKE '{ "%(%' THEN
          FOR opened IN SELECT object FROM stand_in.open_to_public AS o WHERE o.nodeport = node.nodeport LOOP
            result := jsonb_set(result::jsonb, ARRAY[opened], to_jsonb(result::json ->> opened || ',=X/postgres'))::text;
          END LOOP;
        END IF;
      END IF;
      RETURN NEXT;
    END LOOP;
  END $$;

  -- A REVOKE at the coordinator reaches every node.
  CREATE FUNCTION stand_in.revoked() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN
    DELETE FROM stand_in.open_to_public
     WHERE current_query() ~ 'FROM PUBLIC' AND strpos(current_query(), split_part(object, '(', 1) || '(') > 0;
  END $$;
  CREATE EVENT TRIGGER stand_in_revoked ON ddl_command_end WHEN TAG IN ('REVOKE') EXECUTE FUNCTION stand_in.revoked();
  RESET allow_system_table_mods`;

/** Makes a database look like that of a coordinator with these workers. */
export async function standInForCitus(superuser: Sql, workers = 2): Promise<void> {
  await superuser.unsafe(STAND_IN);
  for (let port = 9701; port < 9701 + workers; port += 1) await superuser`SELECT citus_add_node('worker', ${port})`;
}
