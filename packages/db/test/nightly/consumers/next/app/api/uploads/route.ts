import { record } from '../../record';

export const dynamic = 'force-dynamic';

export async function POST(request: Request): Promise<Response> {
  const { userId } = (await request.json()) as { userId: string };
  return Response.json(await record(process.env.DATABASE_URL ?? '', userId));
}
