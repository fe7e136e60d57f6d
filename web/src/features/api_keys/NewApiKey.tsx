import { useState } from "react";
import { useTranslation } from "react-i18next";

import { usePostAccountApiKeysMutation, type OfferedScope } from "../../api";
import { Button } from "../../ui/Button";
import { Choice } from "../../ui/Choice";
import { CopyButton } from "../../ui/CopyButton";
import { Field } from "../../ui/Field";
import { DialogButtons, Form } from "../../ui/Form";
import { useRules } from "../../ui/rules";
import { Tick } from "../../ui/Tick";
import { useForm } from "../../ui/useForm";

const LIFETIMES = [7, 30, 90, 365];
const USUAL = "90";

/** Creates an API key with name, scopes and lifetime, and shows it once. */
export function NewApiKey({ scopes, onDone }: { scopes: OfferedScope[]; onDone: () => void }) {
  const { t } = useTranslation();
  const { filled } = useRules();
  const [secret, setSecret] = useState("");
  const [chosen, choose] = useState<string[]>([]);
  const [make] = usePostAccountApiKeysMutation();
  const form = useForm({ name: "", days: USUAL }, { name: filled }, async ({ name, days }) => {
    const answer = await make({
      newApiKeyRequest: { name: name.trim(), scopes: chosen, expiresInDays: Number(days) || null },
    });
    if (answer.data) setSecret(answer.data.secret);
    return answer.error;
  });
  if (secret) return <Made secret={secret} onDone={onDone} />;
  return (
    <Form form={form}>
      <Field
        label={t("fields.name")}
        hint={t("apiKeys.nameHint")}
        maxLength={64}
        autoComplete="off"
        {...form.text("name")}
      />
      {scopes.length > 0 ? (
        <fieldset>
          <legend className="mb-1.5 text-[0.95rem] font-semibold">{t("apiKeys.scopes")}</legend>
          <div className="max-h-56 overflow-y-auto rounded-xl border border-border-strong px-3.5 py-1">
            {scopes.map(({ scope, api }) => (
              <Tick
                key={scope}
                checked={chosen.includes(scope)}
                onChange={({ target }) =>
                  choose(target.checked ? [...chosen, scope] : chosen.filter((other) => other !== scope))
                }
              >
                <code className="break-all">{scope}</code>
                <span className="ml-auto text-sm text-muted">{api}</span>
              </Tick>
            ))}
          </div>
        </fieldset>
      ) : null}
      <Choice
        label={t("apiKeys.expires")}
        none={t("apiKeys.never")}
        options={LIFETIMES.map((days) => [String(days), t("apiKeys.days", { count: days })])}
        {...form.text("days")}
      />
      <DialogButtons busy={form.busy} onCancel={onDone}>
        {t("apiKeys.make")}
      </DialogButtons>
    </Form>
  );
}

function Made({ secret, onDone }: { secret: string; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="space-y-5">
      <p role="status" className="leading-relaxed text-muted">
        {t("apiKeys.madeLead")}
      </p>
      <div className="rounded-xl bg-sunken p-4">
        <code className="text-[0.95rem] break-all">{secret}</code>
      </div>
      <p className="text-sm text-muted">{t("apiKeys.usage")}</p>
      <div className="flex flex-wrap justify-between gap-3">
        <CopyButton text={secret} />
        <Button onClick={onDone}>{t("common.done")}</Button>
      </div>
    </div>
  );
}
