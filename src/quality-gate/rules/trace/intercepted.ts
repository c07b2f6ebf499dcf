/** Libraries whose every request a file's interceptor, filter or customizer sees. */
export function interceptedIn(text: string): string[] {
  return [
    ...(/additionalInterceptors|ClientHttpRequestInterceptor|[gs]etInterceptors\(|requestInterceptor\(/.test(text)
      ? ["RestTemplate", "RestClient"]
      : []),
    ...(/ExchangeFilterFunction|WebClientCustomizer|WebClient\b[\s\S]{0,2000}\.filter\(/.test(text)
      ? ["WebClient"]
      : []),
    ...(/\bRequestInterceptor\b|\bRequestTemplate\b/.test(text) ? ["Feign"] : []),
  ];
}
