import { useState } from "react";

import {
  useBeginLoginMutation,
  useTakeStepMutation,
  type LoginAnswer,
  type SafeUser,
  type Step,
  type StepView,
} from "../../api";
import { codeOf } from "../../api/http";
import { stepOf, type StepOf } from "./nextStep";

export interface Attempt {
  id: string;
  steps: StepView[];
}

type Ceremony = "passkey" | "passkey_enrolment";

export interface Flow {
  attempt: Attempt | undefined;
  error: unknown;
  busy: boolean;
  /** The number of steps taken; 0 while nothing has been proved. */
  taken: number;
  begin: (identifier: string) => Promise<void>;
  /** Takes a step. Resolves to its status ("waiting": an email has to be read first), undefined if it was refused. */
  take: (step: Step) => Promise<LoginAnswer["status"] | undefined>;
  /** Polls in the background whether the link of the email was opened elsewhere, without changing the page. */
  ask: () => Promise<void>;
  /** Requests a new challenge for a step with a passkey. */
  renew: (method: Ceremony) => Promise<StepOf<Ceremony> | undefined>;
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
    if (answer.data) setAttempt(attemptOf(answer.data));
    else setError(answer.error);
  };
  const settle = (answer: { data?: LoginAnswer; error?: unknown }, method: string) => {
    if (codeOf(answer.error) === "invalid_attempt") setAttempt(undefined);
    if (answer.data?.status === "needs_step") {
      setTaken(taken + 1);
      setAttempt(attemptOf(answer.data, attempt));
    }
    if (answer.data?.user) onDone(answer.data.user, method);
    return answer.data?.status;
  };
  const take = async (step: Step) => {
    if (!attempt) return undefined;
    setError(undefined);
    const answer = await send({ attempt: attempt.id, step });
    if (answer.error) setError(answer.error);
    return settle(answer, step.method);
  };
  const ask = async () => {
    if (!attempt) return;
    const answer = await quietly({ attempt: attempt.id, step: { method: "email_link" } });
    if (codeOf(answer.error) === "invalid_attempt") setError(answer.error);
    settle(answer, "email_link");
  };
  const renew = async (method: Ceremony) => {
    if (!attempt) return undefined;
    const answer = await send({ attempt: attempt.id, step: { method } });
    if (answer.error) setError(answer.error);
    return stepOf(answer.data?.steps ?? [], method);
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

/** The attempt after an answer, which names the attempt itself only once. */
function attemptOf(answer: LoginAnswer, before?: Attempt): Attempt | undefined {
  const id = answer.attempt?.id ?? before?.id;
  return id ? { id, steps: answer.steps ?? before?.steps ?? [] } : undefined;
}
