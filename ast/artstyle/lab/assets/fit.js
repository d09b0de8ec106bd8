// Lays out a picture as large as it fits, in its shape, so that what lies on it is placed in percent.

/** Let `board` fill `stage`; returns a function that gives it a shape, its width by its height. */
export function fit(stage, board) {
  let shape = 1;
  const lay = () => {
    const width = Math.min(stage.clientWidth, stage.clientHeight * shape);
    board.style.width = `${width}px`;
    board.style.height = `${width / shape}px`;
  };
  new ResizeObserver(lay).observe(stage);
  return (width, height) => {
    shape = width / height;
    lay();
  };
}

/** Where on a board a pointer is, as shares of its width and height. */
export function shareAt(board, { clientX, clientY }) {
  const { left, top, width, height } = board.getBoundingClientRect();
  const within = (share) => Math.min(1, Math.max(0, share));
  return [within((clientX - left) / width), within((clientY - top) / height)];
}
