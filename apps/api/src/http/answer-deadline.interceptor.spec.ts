import { describe, expect, it, jest } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { firstValueFrom, NEVER, of, type Observable } from 'rxjs';
import { ANSWER_WITHIN_MS, AnswerDeadlineInterceptor } from './answer-deadline.interceptor.ts';

const ordinaryRoute = { getHandler: () => () => undefined } as unknown as ExecutionContext;
const answerOf = (work: Observable<unknown>): Promise<unknown> =>
  firstValueFrom(new AnswerDeadlineInterceptor().intercept(ordinaryRoute, { handle: () => work }));

describe('AnswerDeadlineInterceptor', () => {
  it('lets an answer through', async () => {
    await expect(answerOf(of('done'))).resolves.toBe('done');
  });

  it('says that it took too long when no answer comes', async () => {
    jest.useFakeTimers();
    try {
      const answer = expect(answerOf(NEVER)).rejects.toMatchObject({ code: 'timed-out', status: 503 });
      jest.advanceTimersByTime(ANSWER_WITHIN_MS);
      await answer;
    } finally {
      jest.useRealTimers();
    }
  });
});
