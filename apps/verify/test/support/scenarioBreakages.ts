import { FUNCTION_ACCESS, RUNS_AS_CALLER, TABLE_ACCESS } from '../../library/data/accessMatrix.ts';
import { type Breakage, definition, type Statement } from './breakage.ts';

type Damage = Pick<Breakage, 'what' | 'damage' | 'mend' | 'as'>;

function without(trigger: string): Damage {
  const table = trigger.startsWith('uploads') ? 'uploads' : 'library_tracks';
  const [damage = '', mend = ''] = ['DISABLE', 'ENABLE'].map(
    (word) => `ALTER TABLE public.${table} ${word} TRIGGER ${trigger}`,
  );
  return { what: `no ${trigger}`, damage, mend };
}

/** Its parameters and result as they are, and another body. */
function rewritten(identity: string, body: string): Damage {
  const whole = definition('function', identity);
  const damage: Statement = (catalog) =>
    whole(catalog).replace(/AS \$function\$[\s\S]*\$function\$/, `AS $function$ BEGIN ${body} END $function$`);
  return { what: `${identity} does: ${body}`, damage, mend: whole };
}

function unpinned(identity: string): Damage {
  const [damage, mend] = [
    `ALTER FUNCTION ${identity} RESET search_path`,
    `ALTER FUNCTION ${identity} SET search_path = ''`,
  ];
  return { what: `${identity} without its search_path`, damage, mend };
}

const CREATE = 'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)';
const CLAIM = 'public.claim_deleted_objects(integer,integer)';
const MARK = 'public.mark_objects_purged(uuid,bigint[])';
const RECOUNT = 'private.recount_user_uploads(uuid)';
const [ADMIT, COUNT, UPLOADS, TRACKS] = [
  'private.admit_uploads()',
  'private.count_uploads()',
  'private.track_upload_keys()',
  'private.track_library_keys()',
];

/** By scenario: what breaks it, and the function whose search_path it needs. */
const SCENARIOS: Readonly<Record<string, readonly [Damage, pinned: string]>> = {
  'the errors of the library say the same to whoever raises them, and not before they are raised': [
    rewritten('private.raise_key_pending_deletion(text)', 'RETURN;'),
    'private.raise_key_pending_deletion(text)',
  ],
  'an upload counts for its UTC day, through every change, in a session of Etc/GMT+12': [
    without('uploads_count_update'),
    COUNT,
  ],
  'an upload counts for its UTC day, through every change, in a session of Pacific/Kiritimati': [
    without('uploads_count_delete'),
    COUNT,
  ],
  'many uploads of many days count in one statement, and are recounted in one': [rewritten(RECOUNT, 'RETURN;'), COUNT],
  'a deleted account takes its uploads and counters with it': [without('uploads_count_insert'), COUNT],
  ...Object.fromEntries(
    [
      'create_upload fills the quota of the UTC day to the byte and says what is left, in a session of Etc/GMT+12',
      'create_upload fills the quota of the UTC day to the byte and says what is left, in a session of Pacific/Kiritimati',
      'create_upload asked again gives the same upload, whatever the quota says by now',
      'create_upload names the argument that is wrong, or the rule of the table',
      'create_upload refuses a key that waits to be purged, and takes it once it is',
    ].map((name) => [name, [rewritten(CREATE, 'RETURN NULL;'), CREATE]]),
  ),
  'create_upload takes the default quota of 100,000,000 bytes, no title and now': [
    rewritten(CREATE, 'RETURN NULL;'),
    CREATE,
  ],
  'whether an upload fits, and a track may be played, is the same whoever asks': [
    rewritten('public.check_library_access(uuid,uuid)', 'RETURN true;'),
    'public.check_user_upload_quota(uuid,bigint,bigint)',
  ],
  'the key of an upload that is deleted or replaced waits to be purged, with its owner and size': [
    without('uploads_track_keys_update'),
    UPLOADS,
  ],
  'the keys of an account that is deleted wait, with its id': [without('uploads_track_keys_delete'), UPLOADS],
  'the keys of a track that is deleted or replaced wait to be purged, each once': [
    without('library_tracks_track_keys_update'),
    TRACKS,
  ],
  'the preview of an emptied library waits as well, once where it is a file too': [
    without('library_tracks_track_keys_truncate'),
    TRACKS,
  ],
  'a key that waits cannot be taken into use on any path, and can once it is purged': [
    without('uploads_count_insert'),
    ADMIT,
  ],
  'a key that waits already waits once, whatever gives it up again': [without('uploads_track_keys_truncate'), UPLOADS],
  'waiting rows are handed out oldest first, under a lease that ends': [rewritten(CLAIM, 'RETURN;'), CLAIM],
  'no more than ten batches are marked at once, oldest first, and 100 rows are handed out unless told otherwise': [
    rewritten(CLAIM, 'RETURN;'),
    CLAIM,
  ],
  'a key that is in use again is not handed out, wherever it is used, nor one that is purged': [
    rewritten(CLAIM, 'RETURN;'),
    CLAIM,
  ],
  'only who holds the lease marks or releases a row, and only one that waits': [rewritten(MARK, 'RETURN 0;'), MARK],
  'a bad argument of the outbox is an error that names it': [rewritten(CLAIM, 'RETURN;'), CLAIM],
  'an update of an upload is dated by its transaction': [without('uploads_set_updated_at'), 'private.set_updated_at()'],
};

const behaviour = Object.entries(SCENARIOS).flatMap(([check, [damage, pinned]]): Breakage[] => [
  { subject: 'behaviour', check, ...damage },
  { subject: 'behaviour', check: `${check}, whatever the caller's search_path`, ...unpinned(pinned) },
]);

const EVERYBODY_RUNS = rewritten(
  'private.running_transactions()',
  `RETURN ARRAY(SELECT l.virtualtransaction FROM pg_catalog.pg_locks AS l WHERE l.locktype = 'virtualxid' AND l.pid <> pg_catalog.pg_backend_pid());`,
);

const CONCURRENCY: Readonly<Record<string, Damage>> = {
  'who changes no bytes, or is refused for the quota, waits for no counter; nobody waits for that of another':
    rewritten(CREATE, 'RETURN NULL;'),
  'an upload that changes waits for the counter of its UTC day, and of no other': without('uploads_count_update'),
  'a claim waits for no row that another session holds': rewritten(CLAIM, 'RETURN;'),
  'a key is not handed out while a transaction runs that began before it was given up, and is afterwards': rewritten(
    'private.running_transactions()',
    `RETURN '{}';`,
  ),
  'a claim is refused where it could not see what others commit': rewritten(CLAIM, 'RETURN;'),
  'running transactions are those of other sessions in this database, each once, as they are now': rewritten(
    'private.running_transactions()',
    `RETURN '{}';`,
  ),
  'a prepared transaction is running until it is settled': rewritten('private.running_transactions()', `RETURN '{}';`),
  'who is still connecting runs none': EVERYBODY_RUNS,
  'who comes later, to another database, is told apart as well': EVERYBODY_RUNS,
  'an insert of uploads locks counters in the order of their days': without('uploads_count_insert'),
  'a deletion of uploads locks counters in the order of their days': without('uploads_count_delete'),
  'an update of uploads locks counters in the order of their days': without('uploads_count_update'),
  'an update of uploads whose counters are gone locks counters in the order of their days':
    without('uploads_count_update'),
  'a recount locks counters in the order of their days': rewritten(RECOUNT, 'RETURN;'),
  'a recount where counters are gone locks counters in the order of their days': rewritten(RECOUNT, 'RETURN;'),
  ...Object.fromEntries(
    [
      ['a deletion', 'delete'],
      ['an update', 'update'],
      ['an emptying', 'truncate'],
    ].flatMap(([what, event]) => [
      [`${what} of uploads gives up keys in their order`, without(`uploads_track_keys_${event}`)],
      [`${what} of tracks gives up keys in their order`, without(`library_tracks_track_keys_${event}`)],
    ]),
  ),
};

const planner = (
  [
    [
      'what depends on rows is no part of an index',
      'private.used_upload_bytes(uuid,timestamp with time zone)',
      'STABLE',
    ],
    [
      'create_upload does nothing while a statement is only planned',
      'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)',
      'VOLATILE',
    ],
  ] as const
).map(
  ([check, identity, volatility]): Breakage => ({
    ...{ subject: 'behaviour', check, what: `${identity} is said to be immutable` },
    damage: `ALTER FUNCTION ${identity} IMMUTABLE`,
    mend: `ALTER FUNCTION ${identity} ${volatility}`,
  }),
);

const concurrency = Object.entries(CONCURRENCY).map(
  ([check, damage]): Breakage => ({ subject: 'concurrency', check, ...damage }),
);

const PASSED_ON = 'nobody passes on what was granted to him';

const tables = Object.keys(TABLE_ACCESS).flatMap((table): Breakage[] => {
  const name = table.replace('public.', '');
  const broken = (subject: string, check: string, damage: string, mend: string): Breakage => {
    return { subject, check, what: damage, damage, mend };
  };
  return [
    broken(
      'access',
      `table ${name}: what only its owner does`,
      `GRANT REFERENCES ON ${table} TO service_role`,
      `REVOKE REFERENCES ON ${table} FROM service_role`,
    ),
    broken(
      'access',
      `table ${name}: ${PASSED_ON}`,
      `GRANT SELECT ON ${table} TO service_role WITH GRANT OPTION`,
      `REVOKE GRANT OPTION FOR SELECT ON ${table} FROM service_role`,
    ),
    broken(
      'access',
      `table ${name}: row security behind the grants`,
      `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    ),
    broken(
      'access',
      `table ${name}: its owner sees every row`,
      `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
      `ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`,
    ),
    broken('grants, tried', `table ${name}`, `GRANT DELETE ON ${table} TO anon`, `REVOKE DELETE ON ${table} FROM anon`),
    broken(
      'tables',
      name,
      `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    ),
  ];
});

const functions = Object.entries(FUNCTION_ACCESS).map(([identity, [, , , service]]): Breakage => {
  const damage = `GRANT EXECUTE ON FUNCTION ${identity} TO service_role WITH GRANT OPTION`;
  const option = service === 'refused' ? '' : 'GRANT OPTION FOR ';
  const mend = `REVOKE ${option}EXECUTE ON FUNCTION ${identity} FROM service_role`;
  return {
    subject: 'access',
    check: `function ${identity.replace('public.', '')}: ${PASSED_ON}`,
    what: damage,
    damage,
    mend,
  };
});

const calls = Object.keys(FUNCTION_ACCESS).map((identity): Breakage => {
  const damage = `REVOKE EXECUTE ON FUNCTION ${identity} FROM postgres`;
  const mend = `GRANT EXECUTE ON FUNCTION ${identity} TO postgres`;
  return { subject: 'grants, tried', check: identity.replace('public.', ''), what: damage, damage, mend };
});

const callers = Object.keys(RUNS_AS_CALLER).map((identity): Breakage => {
  const [damage, mend] = [`ALTER FUNCTION ${identity} SECURITY DEFINER`, `ALTER FUNCTION ${identity} SECURITY INVOKER`];
  const check = `function ${identity}: runs with the rights of its caller`;
  return { subject: 'access', check, what: damage, damage, mend };
});

const owner: Breakage = {
  subject: 'access',
  check: 'functions, sequences and schemas: what only their owner does',
  what: 'a function of service_role',
  damage: 'ALTER FUNCTION private.set_updated_at() OWNER TO service_role',
  mend: 'ALTER FUNCTION private.set_updated_at() OWNER TO postgres',
  as: 'superuser',
};

/** Of the scenarios, the sessions at once, and what no grant gives. */
export const scenarioBreakages: readonly Breakage[] = [
  ...behaviour,
  ...planner,
  ...concurrency,
  ...tables,
  ...functions,
  ...calls,
  ...callers,
  owner,
];
