import { Component, type ErrorInfo, type ReactNode } from 'react';

/** Last resort, when even the shell cannot draw. Uses nothing that may be what broke. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error(error, info.componentStack);
  }
  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main role="alert">
        <h1>The admin center stopped working</h1>
        <p>{error.message}</p>
        <button type="button" onClick={() => location.reload()}>
          Load the page again
        </button>
      </main>
    );
  }
}
