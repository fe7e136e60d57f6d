import { useTranslation } from "react-i18next";

import { useDeleteAccountTrustedDevicesByIdMutation, type MethodsView } from "../../api";
import { Button } from "../../ui/Button";
import { Item } from "../../ui/Item";
import { Section } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { exact, When } from "../../ui/When";
import { useUser } from "../session/useUser";

export function TrustedDevicesSection({ devices }: { devices: MethodsView["trustedDevices"] }) {
  const { t, i18n } = useTranslation();
  const { timeZone } = useUser();
  const [forget, { error }] = useDeleteAccountTrustedDevicesByIdMutation();
  return (
    <Section title={t("methods.trusted.title")} lead={t("methods.trusted.lead")}>
      {error ? <ProblemNotice error={error} /> : null}
      <ul className="divide-y divide-border">
        {devices.map((device) => (
          <Item
            key={device.id}
            title={device.device}
            note={
              <>
                <span className="break-all">{device.ip}</span> · {t("methods.used")}{" "}
                <When at={device.lastUsedAt} timeZone={timeZone} /> ·{" "}
                {t("methods.trusted.until", { date: exact(device.expiresAt, i18n.language, timeZone) })}
              </>
            }
          >
            <Button
              look="quiet"
              aria-label={t("methods.trusted.forgetLabel", { device: device.device })}
              onClick={() => void forget({ id: device.id })}
            >
              {t("methods.trusted.forget")}
            </Button>
          </Item>
        ))}
      </ul>
    </Section>
  );
}
