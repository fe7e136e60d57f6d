import { Button, type ButtonProps } from "../../ui/Button";
import { KeyIcon } from "../../ui/icons";

/** The button that asks the browser for a passkey. */
export function PasskeyButton({ children, ...rest }: ButtonProps) {
  return (
    <Button look="quiet" className="w-full" {...rest}>
      <span className="inline-flex items-center gap-2">
        <KeyIcon />
        {children}
      </span>
    </Button>
  );
}
