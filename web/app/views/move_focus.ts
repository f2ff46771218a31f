/**
 * To be attached to a row of buttons with one stop of the Tab key: arrows, Home and End move the focus along it.
 * The keys are the buttons' own; the row only knows their order.
 */
export function moveFocus(row: HTMLElement): () => void {
  function move(event: KeyboardEvent): void {
    const buttons = [...row.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const moves: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      Home: 0,
      End: buttons.length - 1,
    };
    const to = moves[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[Math.min(buttons.length - 1, Math.max(0, to))]!.focus();
  }
  row.addEventListener('keydown', move);
  return () => row.removeEventListener('keydown', move);
}
