import { useState } from "react";

import {
  useBeginLoginMutation,
  useTakeStepMutation,
  type LoginAnswer,
  type SafeUser,
  type Step,
  type StepView,
} from "../../api";
import { asProblem } from "../../api/problem";

export interface Attempt {
  id: string;
  steps: StepView[];
}

export interface Flow {
  attempt: Attempt | undefined;
  error: unknown;
  busy: boolean;
  /** The number of steps taken; 0 while nothing has been proved. */
  taken: number;
  begin: (identifier: string) => Promise<void>;
  /** Takes a step. Resolves to its status ("waiting": an email has to be read first), undefined if it was refused. */
  take: (step: Step) => Promise<LoginAnswer["status"] | undefined>;
  /** Polls in the background whether the step was completed elsewhere, without changing the page. */
  ask: (method: string) => Promise<void>;
  /** Requests new options for a step, such as a new challenge. */
  renew: (method: string) => Promise<StepView | undefined>;
  forgive: () => void;
}

/** A sign-in attempt with its next steps and its state, until there is a session. */
export function useAttempt(onDone: (user: SafeUser, method: string) => void, resumed?: Attempt): Flow {
  const [attempt, setAttempt] = useState<Attempt | undefined>(resumed);
  const [taken, setTaken] = useState(resumed ? 1 : 0);
  const [error, setError] = useState<unknown>();
  const [start, starting] = useBeginLoginMutation();
  const [send, sending] = useTakeStepMutation();
  const [quietly] = useTakeStepMutation();

  const begin = async (identifier: string) => {
    setError(undefined);
    const answer = await start(identifier);
    if (answer.data) setAttempt(attemptOf(answer.data, undefined));
    else setError(answer.error);
  };
  const settle = (answer: { data?: LoginAnswer; error?: unknown }, method: string) => {
    if (!answer.data) {
      if (asProblem(answer.error).code === "invalid_attempt") setAttempt(undefined);
      return undefined;
    }
    if (answer.data.status === "needs_step") {
      setTaken(taken + 1);
      setAttempt(attemptOf(answer.data, attempt));
    }
    if (answer.data.user) onDone(answer.data.user, method);
    return answer.data.status;
  };
  const take = async (step: Step) => {
    if (!attempt) return undefined;
    setError(undefined);
    const answer = await send({ attempt: attempt.id, step });
    if (answer.error) setError(answer.error);
    return settle(answer, step.method);
  };
  const ask = async (method: string) => {
    if (!attempt) return;
    const answer = await quietly({ attempt: attempt.id, step: { method } });
    if (asProblem(answer.error).code === "invalid_attempt") setError(answer.error);
    settle(answer, method);
  };
  const renew = async (method: string) => {
    if (!attempt) return undefined;
    const answer = await send({ attempt: attempt.id, step: { method } });
    if (answer.error) setError(answer.error);
    return answer.data?.steps?.find((step) => step.method === method);
  };
  return {
    attempt,
    error,
    taken,
    busy: starting.isLoading || sending.isLoading,
    begin,
    take,
    ask,
    renew,
    forgive: () => setError(undefined),
  };
}

function attemptOf(answer: LoginAnswer, before: Attempt | undefined): Attempt | undefined {
  const id = answer.attempt?.id ?? before?.id;
  return id ? { id, steps: answer.steps ?? before?.steps ?? [] } : undefined;
}
